//! The table of methods of reference system 3, each under the prefix of its service.

use twclone_testkit::{Answer, Server, Value, World, json};

fn ask(server: &Server, method: &str, path: &str, body: &Value) -> Answer {
    server.call(method, path).body("application/json", body.to_string()).basic("chris", "password2").send()
}

#[test]
fn every_method_of_the_table_works() {
    let world = World::new();
    let server = world.serve_seeded();
    let nothing = json!({});
    let posts = |method: &str, path: &str, body: &Value| ask(&server, method, &format!("/posts-api/v1{path}"), body);
    let users = |method: &str, path: &str| ask(&server, method, &format!("/users-api/v1{path}"), &nothing);

    let account = json!({"username": "dennis", "password": "worm of 1991", "name": "Dennis", "email": "d@example.com"});
    assert_eq!(server.post("/auth-api/v1/register", &account).send().expect(201)["name"], "Dennis");
    let login = json!({"username": "dennis", "password": "worm of 1991"});
    assert!(server.post("/auth-api/v1/login", &login).send().expect(200)["access_token"].is_string());

    let post = posts("POST", "/posts", &json!({"content": "Nine sharp."})).expect(201);
    let path = format!("/posts/{}", post["id"].as_str().unwrap());
    assert_eq!(posts("GET", &path, &nothing).expect(200)["content"], "Nine sharp.");
    let edited = posts("PUT", &path, &json!({"content": "Ten sharp."})).expect(200);
    assert_eq!(edited["content"], "Ten sharp.");
    assert!(edited["edited_at"].is_string(), "{edited}");

    let comment = posts("POST", &format!("{path}/comments"), &json!({"content": "Who has the keys?"})).expect(201);
    let comments = posts("GET", &format!("{path}/comments"), &nothing).expect(200);
    assert_eq!(comments["comments"][0]["id"], comment["id"]);
    for like in ["/like", "/likes"] {
        assert_eq!(posts("POST", &format!("{path}{like}"), &nothing).expect(200)["like_count"], 1);
        assert_eq!(posts("DELETE", &format!("{path}{like}"), &nothing).expect(200)["like_count"], 0);
    }
    let feed = posts("GET", "/feed", &nothing).expect(200);
    assert_eq!(feed["posts"][0]["id"], post["id"]);

    users("POST", "/users/scottie/follow").expect(200);
    let of = |list: &str, user: &str| users("GET", &format!("/users/{user}/{list}")).expect(200)["users"].clone();
    assert_eq!(of("followers", "scottie")[0]["username"], "chris");
    assert_eq!(of("following", "chris")[0]["username"], "scottie");
    // By the number, too: 7 is scottie.
    users("POST", "/users/7/unfollow").expect(200);
    assert!(of("following", "chris").as_array().unwrap().iter().all(|user| user["username"] != "scottie"));
    assert_eq!(users("GET", "/users/chris/posts").expect(200)["posts"][0]["id"], post["id"]);

    assert_eq!(posts("DELETE", &path, &nothing).status, 204);
    posts("GET", &path, &nothing).problem(404);
}
