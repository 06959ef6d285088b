use twclone_testkit::{World, json};

use super::set;
use crate::fanout::{eventually, follow, seen, tweet};
use crate::people::{self, PASSWORD, text};

#[test]
fn a_mute_hides_in_home_and_public_and_nowhere_else() {
    let world = World::new();
    let server = people::serve(&world);
    let (reader, loud) = (people::sign_up(&server, "reader"), people::sign_up(&server, "loud"));
    follow(&server, &reader, &loud);
    let post = text(&tweet(&server, &loud, "hello")["id"]);
    let hidden = ["/timeline/home", "/tweets", "/tweets?page=1"];
    let open = [format!("/timeline/user?username={loud}"), format!("/tweets/{loud}")];
    eventually("it comes", || seen(&server, &reader, "/timeline/home") == [post.clone()]);
    set(&server, "PUT", "mutes", &reader, &loud);
    for path in hidden {
        assert_eq!(seen(&server, &reader, path), [""; 0], "{path}");
        assert_eq!(seen(&server, &loud, path), [post.as_str()], "{path}");
    }
    for path in &open {
        assert_eq!(seen(&server, &reader, path), [post.as_str()], "{path}");
    }
    let get = |path: String| server.get(&path).basic(&reader, PASSWORD).send();
    get(format!("/tweet/id/{post}")).expect(200);
    // The muted account does not notice, and keeps its follower.
    assert_eq!(get(format!("/user/data/{loud}")).expect(200)["follower_count"], 1);
    let to_reader = json!({"to": reader, "msg": "hello"});
    server.post("/sendmsg", &to_reader).basic(&loud, PASSWORD).send().expect(201);
    set(&server, "DELETE", "mutes", &reader, &loud);
    for path in hidden {
        assert_eq!(seen(&server, &reader, path), [post.as_str()], "{path}");
    }
}

#[test]
fn the_lists_hold_each_once_and_are_for_the_account_alone() {
    let world = World::new();
    let server = people::serve(&world);
    let [user, one, other] = ["user", "one", "other"].map(|role| people::sign_up(&server, role));
    for list in ["blocks", "mutes"] {
        let path = format!("/users/{user}/{list}");
        let get = |query: &str| server.get(&format!("{path}{query}")).basic(&user, PASSWORD).send().expect(200);
        assert_eq!(get(""), json!({"users": []}));
        for name in [&one, &one, &other] {
            set(&server, "PUT", list, &user, name);
        }
        let all = get("");
        let names: Vec<_> = all["users"].as_array().unwrap().iter().map(|person| text(&person["username"])).collect();
        assert_eq!(names, [other.as_str(), &one], "{list}");
        let id = server.get(&format!("/user/data/{other}")).send().expect(200)["id"].clone();
        assert_eq!(all["users"][0]["id"], id);
        assert!(all["users"][0]["since"].is_string(), "{all}");
        let first = get("?limit=1");
        let rest = get(&format!("?limit=1&cursor={}", text(&first["next"])));
        assert_eq!((&rest["users"][0], rest.get("next")), (&all["users"][1], None));
        for (name, method, status) in
            [(&user, "PUT", 409), (&"nobody_there".to_owned(), "PUT", 404), (&"nobody_there".to_owned(), "DELETE", 404)]
        {
            let call = server.call(method, &format!("{path}/{name}"));
            call.basic(&user, PASSWORD).send().problem(status);
        }
        server.get(&path).send().problem(401);
        for name in [&one, &one, &other] {
            set(&server, "DELETE", list, &user, name);
        }
        assert_eq!(get(""), json!({"users": []}));
        server.get(&path).basic(&other, PASSWORD).send().problem(403);
    }
}
