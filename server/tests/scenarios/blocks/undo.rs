use twclone_testkit::World;

use super::{set, two};
use crate::fanout::tweet;
use crate::people::{self, PASSWORD, text};

#[test]
fn who_is_blocked_can_still_take_back_likes_and_reposts() {
    let world = World::new();
    let server = people::serve(&world);
    let undo = |method: &str, path: &str, name: &str| server.call(method, path).basic(name, PASSWORD).send();
    let (user, blocked) = two(&server);
    for (like, dislike) in [
        (("POST", "/posts-api/v1/posts/POST/like"), ("DELETE", "/posts-api/v1/posts/POST/like")),
        (("POST", "/posts-api/v1/posts/POST/likes"), ("DELETE", "/posts-api/v1/posts/POST/likes")),
        (("POST", "/tweet/id/POST/like"), ("POST", "/tweet/id/POST/dislike")),
        (("POST", "/tweet/id/POST/retweet"), ("DELETE", "/tweet/id/POST/retweet")),
    ] {
        let post = text(&tweet(&server, &user, "hello")["id"]);
        let at = |path: &str| path.replace("POST", &post);
        let counts = || {
            let shown = server.get(&format!("/tweet/id/{post}")).send().expect(200);
            (shown["like_count"].as_u64().unwrap(), shown["retweet_count"].as_u64().unwrap())
        };
        let done = undo(like.0, &at(like.1), &blocked);
        assert!([200, 201].contains(&done.status), "{like:?}: {done:?}");
        let (likes, reposts) = counts();
        assert_eq!(likes + reposts, 1, "{like:?}");
        set(&server, "PUT", "blocks", &user, &blocked);
        let undone = undo(dislike.0, &at(dislike.1), &blocked);
        assert_eq!((undone.status, undone.text.as_str()), (204, ""), "{dislike:?}");
        assert_eq!(counts(), (0, 0), "{dislike:?}");
        // Nothing is left to undo, and the post is hidden.
        undo(dislike.0, &at(dislike.1), &blocked).problem(404);
        undo(like.0, &at(like.1), &blocked).problem(404);
        set(&server, "DELETE", "blocks", &user, &blocked);
    }
}

#[test]
fn a_repost_is_taken_back_by_its_own_id_too() {
    let world = World::new();
    let server = people::serve(&world);
    let (user, blocked) = two(&server);
    let post = text(&tweet(&server, &user, "hello")["id"]);
    let retweet = server.call("POST", &format!("/tweet/id/{post}/retweet")).basic(&blocked, PASSWORD).send();
    let retweet = text(&retweet.expect(201)["id"]);
    set(&server, "PUT", "blocks", &user, &blocked);
    let undone = server.call("DELETE", &format!("/tweet/id/{retweet}/retweet")).basic(&blocked, PASSWORD).send();
    assert_eq!(undone.status, 204, "{undone:?}");
    server.get(&format!("/tweet/id/{retweet}")).send().problem(404);
}
