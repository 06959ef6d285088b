//! Posts, comments, likes and the social graph of the REST microservices.

mod graph;
mod reactions;
mod tombstones;

use twclone_testkit::{Answer, Server, Value, World, json};

use crate::people::{self, PASSWORD, each, text, walk};

const POSTS: &str = "/posts-api/v1/posts";

fn call(server: &Server, method: &str, path: &str, body: &Value, name: &str) -> Answer {
    server.call(method, path).body("application/json", body.to_string()).basic(name, PASSWORD).send()
}

fn ask(server: &Server, method: &str, path: &str, name: &str) -> Answer {
    server.call(method, path).basic(name, PASSWORD).send()
}

fn comment(server: &Server, post: &str, content: &str, name: &str) -> String {
    text(
        &call(server, "POST", &format!("{POSTS}/{post}/comments"), &json!({"content": content}), name).expect(201)["id"],
    )
}

fn show(server: &Server, post: &str) -> Value {
    server.get(&format!("{POSTS}/{post}")).send().expect(200)
}

#[test]
fn each_service_says_what_it_is() {
    let world = World::new();
    let server = world.serve();
    let table = twclone_server::app::table();
    for service in ["auth-api", "posts-api", "users-api"] {
        let about = server.get(&format!("/{service}/v1")).send().expect(200);
        assert_eq!(about["service"], service);
        let told: Vec<_> = about["routes"].as_array().unwrap().iter().map(text).collect();
        let mounted: Vec<_> = table
            .iter()
            .filter(|(_, path)| path.starts_with(&format!("/{service}/v1/")))
            .map(|(method, path)| format!("{method} {}", path.replace('<', "{").replace('>', "}")))
            .collect();
        assert_eq!(told.len(), mounted.len());
        assert!(mounted.iter().all(|route| told.contains(route)), "{mounted:?}");
    }
}

#[test]
fn a_post_is_written_edited_and_deleted() {
    let world = World::new();
    let server = people::serve(&world);
    let (author, other) = (people::sign_up(&server, "author"), people::sign_up(&server, "other"));
    let answer = call(&server, "POST", POSTS, &json!({"content": "first"}), &author);
    let made = answer.expect(201);
    let id = text(&made["id"]);
    let path = format!("{POSTS}/{id}");
    assert_eq!(answer.header("location"), Some(path.as_str()));
    let profile = server.get(&format!("/user/data/{author}")).send().expect(200);
    let created_at = &made["created_at"];
    let expected = json!({
        "id": id, "content": "first", "author": {"id": profile["id"], "username": author, "name": author},
        "created_at": created_at, "edited_at": null, "like_count": 0, "comment_count": 0, "comments": [],
    });
    assert_eq!(made, expected);
    assert_eq!(show(&server, &id), made);

    let edit = |content: &str, name: &str| call(&server, "PUT", &path, &json!({"content": content}), name);
    let edited = edit("second", &author).expect(200);
    assert_eq!((&edited["content"], &edited["created_at"]), (&json!("second"), created_at));
    assert!(text(&edited["edited_at"]) >= text(created_at));
    edit("third", &author).expect(200);
    edit("forged", &other).problem(403);
    assert_eq!(edit("", &author).blamed(), ["content"]);
    assert_eq!(call(&server, "PUT", &path, &json!({}), &author).blamed(), ["content"]);
    server.call("PUT", &path).send().problem(401);

    let history = walk(|path| server.get(path).send(), &format!("{path}/history?limit=1"), "history");
    assert_eq!(each(&history, "content"), ["first", "second"]);
    assert_eq!((&history[0]["number"], &history[1]["number"]), (&json!(1), &json!(2)));
    assert_eq!(&history[0]["since"], created_at);
    assert_eq!(history[0]["until"], history[1]["since"]);
    assert_eq!(history[1]["until"], show(&server, &id)["edited_at"]);

    ask(&server, "DELETE", &path, &other).problem(403);
    assert_eq!(show(&server, &id)["content"], "third");
    assert_eq!(ask(&server, "DELETE", &path, &author).status, 204);
    ask(&server, "DELETE", &path, &author).problem(404);
    edit("fourth", &author).problem(404);
    for gone in [path.clone(), format!("{path}/history"), format!("{path}/comments"), format!("{POSTS}/x")] {
        server.get(&gone).send().problem(404);
    }
    assert_eq!(server.get(&format!("/users-api/v1/users/{author}/posts")).send().expect(200), json!({"posts": []}));
}

#[test]
fn a_post_is_created_once_and_in_no_other_name() {
    let world = World::new();
    let server = world.serve_seeded();
    let create = |body: &Value| server.post(POSTS, body).mj().header("Idempotency-Key", "key").send();
    let body = json!({"content": "I'm back.", "authorId": 2});
    let (first, second) = (create(&body), create(&body));
    assert_eq!(first.expect(201), second.expect(201));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(first.json()["author"]["username"], "jordan");
    assert_eq!(create(&json!({"content": "another"})).problem(422)["type"], "/docs#problem-key-reused");
    server.post(POSTS, &body).basic("chris", "password2").send().problem(403);
    assert_eq!(server.post(POSTS, &json!({"text": "x"})).mj().send().blamed(), ["content", "text"]);
    server.post(POSTS, &body).send().problem(401);
}
