use twclone_testkit::{Server, World, json};

use super::{ask, eventually, follow, ids, seen, tweet};
use crate::people::{self, PASSWORD, text};

/// Reads all pages of ten. Returns the ids, and the start of each page.
fn turn(server: &Server, reader: &str, path: &str) -> (Vec<String>, Vec<u64>) {
    let (mut found, mut starts, mut start) = (Vec::new(), Vec::new(), 0);
    loop {
        let page = ask(server.get(&format!("{path}start={start}")), reader);
        assert_eq!(page["start"], start);
        found.extend(ids(&page));
        starts.push(start);
        match page["next_start"].as_u64() {
            Some(next) => start = next,
            None => return (found, starts),
        }
    }
}

#[test]
fn timelines_are_turned_ten_at_a_time() {
    let world = World::new();
    let server = people::serve(&world);
    let (author, reader) = (people::sign_up(&server, "author"), people::sign_up(&server, "reader"));
    follow(&server, &reader, &author);
    let mut wanted: Vec<_> =
        (0..23).map(|number| text(&tweet(&server, &author, &format!("number {number}"))["id"])).collect();
    wanted.reverse();
    let user = format!("/timeline/user?username={author}&");
    assert_eq!(turn(&server, &reader, &user), (wanted.clone(), vec![0, 10, 20]));
    assert_eq!(turn(&server, &author, "/timeline/user?").0, wanted);
    let home = || turn(&server, &reader, "/timeline/home?");
    eventually("the home timeline has all", || home().0.len() == wanted.len());
    assert_eq!(home(), (wanted.clone(), vec![0, 10, 20]));
    eventually("one sees what one wrote oneself", || seen(&server, &author, "/timeline/home").len() == 10);
    assert_eq!(seen(&server, &reader, "/timeline/home?start=22"), wanted[22..]);
    let last = ask(server.get("/timeline/home?start=790"), &reader);
    assert_eq!((&last["tweets"], last.get("next_start")), (&json!([]), None));
}

#[test]
fn a_timeline_begins_where_there_is_one() {
    let world = World::new();
    let server = people::serve(&world);
    let reader = people::sign_up(&server, "reader");
    let get = |path: &str| server.get(path).basic(&reader, PASSWORD).send();
    for path in ["/timeline/home", "/timeline/user"] {
        for start in ["791", "800", "-1", "x", "1.5", ""] {
            assert_eq!(get(&format!("{path}?start={start}")).blamed(), ["start"], "{path} {start}");
        }
        assert_eq!(get(&format!("{path}?page=2")).blamed(), ["page"]);
        assert_eq!(get(path).expect(200), json!({"tweets": [], "start": 0}));
    }
    server.get("/timeline/home").send().problem(401);
    assert_eq!(server.get("/timeline/user").send().blamed(), ["username"]);
    server.get(&format!("/timeline/user?username={reader}")).send().expect(200);
    get("/timeline/user?username=nobody_there").problem(404);
}

#[test]
fn home_has_what_those_whom_one_follows_tweet_and_retweet() {
    let world = World::new();
    let server = people::serve(&world);
    let [reader, friend, stranger] = ["reader", "friend", "stranger"].map(|role| people::sign_up(&server, role));
    let before = text(&tweet(&server, &friend, "before")["id"]);
    follow(&server, &reader, &friend);
    eventually("older ones come with a follow", || seen(&server, &reader, "/timeline/home") == [before.clone()]);
    let elsewhere = text(&tweet(&server, &stranger, "elsewhere")["id"]);
    let after = text(&tweet(&server, &friend, "after")["id"]);
    let retweet = server.call("POST", &format!("/tweet/id/{elsewhere}/retweet")).basic(&friend, PASSWORD).send();
    let retweet = text(&retweet.expect(201)["id"]);
    let wanted = [retweet, after.clone(), before.clone()];
    eventually("all of them come", || seen(&server, &reader, "/timeline/home") == wanted);
    let first = ask(server.get("/timeline/home"), &reader)["tweets"][0].clone();
    assert_eq!((&first["user_id"], &first["retweet_of"]), (&json!(friend), &json!(elsewhere)));
    assert_eq!(first["tweet_content"], "elsewhere");
    // Deleted tweets, and tweets of unfollowed accounts, are gone at the next read.
    let gone = server.call("DELETE", &format!("/tweet/id/{elsewhere}/delete")).basic(&stranger, PASSWORD).send();
    assert_eq!(gone.status, 204);
    assert_eq!(seen(&server, &reader, "/timeline/home"), [after, before]);
    ask(server.call("POST", &format!("/user/unfollow?username={friend}")), &reader);
    eventually("nothing is left", || seen(&server, &reader, "/timeline/home").is_empty());
}
