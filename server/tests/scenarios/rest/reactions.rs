//! Comments, likes and reposts.

use twclone_testkit::{World, json};

use super::{POSTS, ask, call, comment, show};
use crate::people::{self, PASSWORD, each, text, walk};

#[test]
fn comments_come_oldest_first_and_the_latest_three_with_the_post() {
    let world = World::new();
    let server = people::serve(&world);
    let (author, other) = (people::sign_up(&server, "author"), people::sign_up(&server, "other"));
    let post = people::post(&server, &author, "Before the game.");
    let ids: Vec<_> = (0..5).map(|count| comment(&server, &post, &format!("number {count}"), &other)).collect();
    let path = format!("{POSTS}/{post}/comments");
    for limit in [2, 5] {
        let found = walk(|path| server.get(path).send(), &format!("{path}?limit={limit}"), "comments");
        assert_eq!(each(&found, "id"), ids);
        assert!(found.iter().all(|comment| comment["reply_to"] == post.as_str()), "{found:?}");
        assert_eq!(found[0]["author"]["username"], other.as_str());
    }
    let shown = show(&server, &post);
    assert_eq!(shown["comment_count"], 5);
    let latest = [ids[4].as_str(), &ids[3], &ids[2]];
    assert_eq!(each(shown["comments"].as_array().unwrap(), "id"), latest);
    let listed = server.get(&format!("/users-api/v1/users/{author}/posts")).send().expect(200);
    assert_eq!(listed["posts"], json!([shown]));

    // A comment is also a post, which can have replies.
    let answer = call(&server, "POST", &format!("{POSTS}/{}/comments", ids[0]), &json!({"content": "So?"}), &author);
    let reply = answer.expect(201);
    assert_eq!(reply["reply_to"], ids[0].as_str());
    assert_eq!(answer.header("location"), Some(format!("{POSTS}/{}", text(&reply["id"])).as_str()));
    assert_eq!(show(&server, &ids[0])["comment_count"], 1);

    assert_eq!(ask(&server, "DELETE", &format!("{POSTS}/{}", ids[4]), &other).status, 204);
    assert_eq!(show(&server, &post)["comment_count"], 4);
    call(&server, "POST", &format!("{POSTS}/4711/comments"), &json!({"content": "x"}), &other).problem(404);
    assert_eq!(call(&server, "POST", &path, &json!({}), &other).blamed(), ["content"]);
    server.post(&path, &json!({"content": "x"})).send().problem(401);
}

#[test]
fn a_like_counts_once() {
    let world = World::new();
    let server = people::serve(&world);
    let (author, other) = (people::sign_up(&server, "author"), people::sign_up(&server, "other"));
    let post = people::post(&server, &author, "Before the game.");
    let count = |method: &str, word: &str, name: &str| {
        let liked = ask(&server, method, &format!("{POSTS}/{post}/{word}"), name).expect(200);
        assert_eq!(liked["id"], post.as_str());
        assert_eq!(show(&server, &post)["like_count"], liked["like_count"]);
        liked["like_count"].as_u64().unwrap()
    };
    assert_eq!(count("POST", "like", &other), 1);
    assert_eq!(count("POST", "likes", &other), 1);
    assert_eq!(count("POST", "like", &author), 2);
    assert_eq!(count("DELETE", "likes", &other), 1);
    assert_eq!(count("DELETE", "like", &other), 1);
    assert_eq!(count("DELETE", "like", &author), 0);
    for method in ["POST", "DELETE"] {
        ask(&server, method, &format!("{POSTS}/4711/like"), &other).problem(404);
        server.call(method, &format!("{POSTS}/{post}/like")).send().problem(401);
        let forged = json!({"authorId": author});
        call(&server, method, &format!("{POSTS}/{post}/like"), &forged, &other).problem(403);
    }
    let strange = call(&server, "POST", &format!("{POSTS}/{post}/like"), &json!({"colour": 1}), &other);
    assert_eq!(strange.blamed(), ["colour"]);
}

#[test]
fn a_repost_shows_the_original_and_counts_for_it() {
    let world = World::new();
    let server = people::serve(&world);
    let (author, fan) = (people::sign_up(&server, "author"), people::sign_up(&server, "fan"));
    let original = people::post(&server, &author, "Before the game.");
    let repost = server.post("/repost", &json!({"id": original})).basic(&fan, PASSWORD).send().expect(201);
    let repost = text(&repost["id"]);
    ask(&server, "POST", &format!("{POSTS}/{repost}/like"), &fan).expect(200);
    assert_eq!(text(&show(&server, &comment(&server, &repost, "Well said.", &fan))["reply_to"]), original);
    for id in [&original, &repost] {
        let shown = show(&server, id);
        assert_eq!((&shown["content"], &shown["like_count"]), (&json!("Before the game."), &json!(1)));
        assert_eq!(each(shown["comments"].as_array().unwrap(), "content"), ["Well said."]);
    }
    let shown = show(&server, &repost);
    assert_eq!((&shown["repost_of"], &shown["author"]["username"]), (&json!(original), &json!(fan)));
    assert_eq!(show(&server, &original).get("repost_of"), None);
    // A repost has no text of its own, and is deleted with the original.
    call(&server, "PUT", &format!("{POSTS}/{repost}"), &json!({"content": "mine"}), &fan).problem(409);
    assert_eq!(ask(&server, "DELETE", &format!("{POSTS}/{original}"), &author).status, 204);
    server.get(&format!("{POSTS}/{repost}")).send().problem(404);
}
