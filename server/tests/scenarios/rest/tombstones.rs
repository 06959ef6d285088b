//! Replies to deleted posts and comments.

use twclone_testkit::{Server, Value, World, json};

use super::{POSTS, ask, comment, show};
use crate::people::{self, walk};

fn listed(server: &Server, post: &str) -> Vec<Value> {
    walk(|path| server.get(path).send(), &format!("{POSTS}/{post}/comments?limit=1"), "comments")
}

fn delete(server: &Server, post: &str, author: &str) {
    assert_eq!(ask(server, "DELETE", &format!("{POSTS}/{post}"), author).status, 204);
}

fn ids(comments: &[Value]) -> Vec<&str> {
    comments.iter().map(|comment| comment["id"].as_str().unwrap()).collect()
}

#[test]
fn replies_to_a_deleted_comment_stay_reachable() {
    let world = World::new();
    let server = people::serve(&world);
    let (author, other) = (people::sign_up(&server, "author"), people::sign_up(&server, "other"));
    let post = people::post(&server, &author, "Before the game.");
    let [first, answered, last] = ["first", "answered", "last"].map(|text| comment(&server, &post, text, &author));
    let replies = ["one", "two"].map(|text| comment(&server, &answered, text, &other));
    delete(&server, &answered, &author);
    let comments = listed(&server, &post);
    assert_eq!(ids(&comments), [first.as_str(), &answered, &last]);
    assert_eq!(comments[1], json!({"id": answered, "deleted": true}));
    assert_eq!(ids(&listed(&server, &answered)), [replies[0].as_str(), &replies[1]]);
    server.get(&format!("{POSTS}/{answered}")).send().problem(404);
    // A tombstone counts as long as it is listed. It is not among the latest comments shown with the post.
    let shown = show(&server, &post);
    assert_eq!(
        (&shown["comment_count"], ids(shown["comments"].as_array().unwrap())),
        (&json!(3), vec![last.as_str(), &first])
    );
    let body = json!({"content": "late"});
    super::call(&server, "POST", &format!("{POSTS}/{answered}/comments"), &body, &other).problem(404);
    // A comment without replies disappears, and a tombstone with its last reply.
    delete(&server, &last, &author);
    assert_eq!(ids(&listed(&server, &post)), [first.as_str(), &answered]);
    delete(&server, &replies[0], &other);
    assert_eq!(ids(&listed(&server, &answered)), [replies[1].as_str()]);
    delete(&server, &replies[1], &other);
    assert_eq!(ids(&listed(&server, &post)), [first.as_str()]);
    assert_eq!(show(&server, &post)["comment_count"], 1);
    server.get(&format!("{POSTS}/{answered}/comments")).send().problem(404);
}

#[test]
fn comments_on_a_deleted_post_stay_reachable_down_to_the_last() {
    let world = World::new();
    let server = people::serve(&world);
    let (author, other) = (people::sign_up(&server, "author"), people::sign_up(&server, "other"));
    let post = people::post(&server, &author, "Before the game.");
    // Each replies to the one before.
    let mut thread = vec![post.clone()];
    for depth in 0..8 {
        thread.push(comment(&server, &thread[depth], "so?", &other));
    }
    delete(&server, &post, &author);
    for place in 1..8 {
        delete(&server, &thread[place], &other);
        assert_eq!(listed(&server, &thread[place - 1]), [json!({"id": thread[place], "deleted": true})]);
    }
    assert_eq!(ids(&listed(&server, &thread[7])), [thread[8].as_str()]);
    delete(&server, &thread[8], &other);
    for id in &thread {
        server.get(&format!("{POSTS}/{id}/comments")).send().problem(404);
    }
}

#[test]
fn a_deleted_account_leaves_the_replies_of_others() {
    let world = World::new();
    let server = people::serve(&world);
    let (author, other) = (people::sign_up(&server, "author"), people::sign_up(&server, "other"));
    let post = people::post(&server, &other, "Before the game.");
    let theirs = comment(&server, &post, "answered", &author);
    let reply = comment(&server, &theirs, "reply", &other);
    assert_eq!(server.call("DELETE", "/user/").basic(&author, people::PASSWORD).send().status, 204);
    people::eventually("what it wrote is deleted", || {
        let comments = listed(&server, &post);
        (comments == [json!({"id": theirs, "deleted": true})]).then_some(())
    });
    assert_eq!(ids(&listed(&server, &theirs)), [reply.as_str()]);
}
