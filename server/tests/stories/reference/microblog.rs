//! The example calls of reference system 2; authentication where it had none.

use twclone_testkit::{Answer, Server, Value, World, json};

fn ask(server: &Server, method: &str, path: &str, body: &Value, credentials: (&str, &str)) -> Answer {
    let call = server.call(method, path).body("application/json", body.to_string());
    call.basic(credentials.0, credentials.1).send()
}

#[test]
fn the_calls_about_users_work_word_for_word() {
    let world = World::new();
    let server = world.serve_seeded();

    let users = server.get("/users/").send();
    let names: Vec<_> =
        users.expect(200)["users"].as_array().unwrap().iter().map(|user| user["username"].clone()).collect();
    assert!(names.contains(&json!("chris")) && names.contains(&json!("steve")), "{names:?}");
    assert!(!users.text.contains("password"), "{users:?}");

    let password = json!({"password": "password2"});
    let verify = |body: &Value| {
        let call = server.call("GET", "/users/verify?username=chris").body("application/json", body.to_string());
        call.send()
    };
    verify(&password).expect(200);
    verify(&json!({"password": "password3"})).problem(401);

    let john = json!({"bio": "I like pie!", "email": "John123@gmail.com", "password": "notpassword4"});
    let new = server.post("/users/new?username=John", &john).send();
    assert_eq!(new.expect(201)["username"], "John");

    let john = ("John", "notpassword4");
    let friend = json!({"friend_username": "steve"});
    let followed = ask(&server, "POST", "/followers/new?username=John", &friend, john).expect(201);
    assert_eq!((&followed["username"], &followed["friend_username"]), (&json!("John"), &json!("steve")));
    ask(&server, "POST", "/followers/new?username=John", &friend, john).problem(409);
    let followers = server.get("/followers/?username=steve").send().expect(200);
    assert_eq!(followers["followers"][0]["username"], "John");

    ask(&server, "DELETE", "/unfollow?username=John", &friend, john).expect(200);
    ask(&server, "DELETE", "/unfollow?username=John", &friend, john).problem(404);
}

#[test]
fn the_calls_about_posts_work_word_for_word() {
    let world = World::new();
    let server = world.serve_seeded();
    let steve = ("steve", "password2");
    let nothing = json!({});

    let post = ask(&server, "POST", "/posts/new?message=TestMessage", &nothing, steve).expect(201);
    assert_eq!(
        (&post["username"], &post["message"], &post["repost"]),
        (&json!("steve"), &json!("TestMessage"), &json!(""))
    );
    assert!(post["timestamp"].is_string() && post["id"].is_string(), "{post}");

    let repost = ask(&server, "POST", "/repost?id=1", &nothing, steve).expect(201);
    let original = server.get(repost["repost"].as_str().unwrap()).send().expect(200);
    assert_eq!(original["posts"][0]["id"], "1");
    assert_eq!((&repost["username"], &repost["message"]), (&json!("steve"), &original["posts"][0]["message"]));

    let all = server.get("/allposts/").send().expect(200);
    let newest: Vec<_> = all["posts"].as_array().unwrap().iter().take(2).map(|post| &post["id"]).collect();
    assert_eq!(newest, [&repost["id"], &post["id"]]);

    let own = server.get("/users/steve").send().expect(200);
    assert_eq!(own["posts"][0]["id"], repost["id"]);
    assert!(own["posts"].as_array().unwrap().iter().all(|post| post["username"] == "steve"), "{own}");

    // steve follows chris on the seed, and sees his own posts too.
    let home = ask(&server, "GET", "/posts/home", &nothing, steve).expect(200);
    let home: Vec<_> = home["posts"].as_array().unwrap().iter().map(|post| &post["username"]).collect();
    assert!(home.contains(&&json!("chris")) && home.contains(&&json!("steve")), "{home:?}");
    server.get("/posts/home").send().problem(401);
}
