//! Follows, and their effect on the feed.

use twclone_testkit::{World, json};

use super::{ask, call, comment};
use crate::people::{self, PASSWORD, each, eventually, text, walk};

#[test]
fn people_follow_each_other() {
    let world = World::new();
    let server = people::serve(&world);
    let one = people::sign_up(&server, "one");
    let body = json!({"username": "dennis", "name": "Dennis R.", "email": "d@example.com", "password": PASSWORD});
    let dennis = server.post("/auth-api/v1/register", &body).send().expect(201);
    let fans: Vec<_> = (0..3).map(|_| people::sign_up(&server, "fan")).collect();
    let users = "/users-api/v1/users";
    for who in ["dennis", "DENNIS", &text(&dennis["id"])] {
        let answer = ask(&server, "POST", &format!("{users}/{who}/follow"), &one).expect(200);
        assert_eq!(answer, json!({"username": "dennis", "following": true}));
    }
    for fan in &fans {
        ask(&server, "POST", &format!("{users}/{one}/follow"), fan).expect(200);
    }
    let following = server.get(&format!("{users}/{one}/following")).send().expect(200);
    let since = &following["users"][0]["since"];
    let person = json!({"id": dennis["id"], "username": "dennis", "name": "Dennis R.", "since": since});
    assert_eq!(following, json!({"users": [person]}));
    let found = walk(|path| server.get(path).send(), &format!("{users}/{one}/followers?limit=2"), "users");
    assert_eq!(each(&found, "username"), [fans[2].as_str(), &fans[1], &fans[0]]);
    assert_eq!(found[0]["name"], fans[2].as_str());

    for who in ["dennis", &text(&dennis["id"])] {
        let answer = ask(&server, "POST", &format!("{users}/{who}/unfollow"), &one).expect(200);
        assert_eq!(answer, json!({"username": "dennis", "following": false}));
    }
    assert_eq!(server.get(&format!("{users}/{one}/following")).send().expect(200), json!({"users": []}));
    ask(&server, "POST", &format!("{users}/{one}/follow"), &one).problem(409);
    let forged = json!({"followerId": fans[0]});
    call(&server, "POST", &format!("{users}/dennis/follow"), &forged, &one).problem(403);
    for path in ["follow", "unfollow"] {
        ask(&server, "POST", &format!("{users}/nobody_there/{path}"), &one).problem(404);
        server.call("POST", &format!("{users}/dennis/{path}")).send().problem(401);
    }
    for path in ["followers", "following", "posts"] {
        server.get(&format!("{users}/nobody_there/{path}")).send().problem(404);
    }
}

#[test]
fn the_feed_holds_what_those_post_whom_one_follows() {
    let world = World::new();
    let server = people::serve(&world);
    let (author, fan) = (people::sign_up(&server, "author"), people::sign_up(&server, "fan"));
    ask(&server, "POST", &format!("/users-api/v1/users/{author}/follow"), &fan).expect(200);
    let mut wanted: Vec<_> = (0..3).map(|count| people::post(&server, &author, &format!("number {count}"))).collect();
    wanted.reverse();
    comment(&server, &wanted[0], "Well said.", &fan);
    let feed = || walk(|path| ask(&server, "GET", path, &fan), "/posts-api/v1/feed?limit=2", "posts");
    let found = eventually("the feed", || Some(feed()).filter(|found| each(found, "id") == wanted));
    assert_eq!(found[0]["comments"][0]["content"], "Well said.");
    assert_eq!(found[1]["comments"], json!([]));
    server.get("/posts-api/v1/feed").send().problem(401);
}
