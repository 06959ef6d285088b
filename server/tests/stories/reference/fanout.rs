//! The tables of routes of reference system 4.

use twclone_testkit::{Answer, Server, World, json};

use crate::people;

fn ask(server: &Server, method: &str, path: &str) -> Answer {
    server.call(method, path).basic("chris", "password2").send()
}

#[test]
fn every_route_of_the_tables_works() {
    let world = World::new();
    let server = world.serve_seeded();

    let account = json!({"username": "dennis", "email": "dennis@example.com", "password": "worm of 1991"});
    server.post("/auth/signup", &account).send().expect(201);
    let login = json!({"username": "dennis", "password": "worm of 1991"});
    let session = server.post("/auth/login", &login).send().expect(200);
    let refresh = json!({"refresh_token": session["refresh_token"]});
    let session = server.post("/auth/refresh-token", &refresh).send().expect(200);
    let token = session["access_token"].as_str().unwrap();

    assert_eq!(server.get("/user/data/chris").send().expect(200)["username"], "chris");
    let bio = json!({"bio": "The worm."}).to_string();
    let update = server.call("PUT", "/user/").body("application/json", bio).bearer(token).send();
    assert_eq!(update.expect(200)["bio"], "The worm.");
    let followers = || server.get("/user/data/scottie").send().expect(200)["follower_count"].as_u64().unwrap();
    let before = followers();
    ask(&server, "POST", "/user/follow?username=scottie").expect(200);
    assert_eq!(followers(), before + 1);
    ask(&server, "POST", "/user/unfollow?username=scottie").expect(200);
    assert_eq!(followers(), before);

    let create = server.post("/tweet/create", &json!({"tweet_content": "Rebounds win."})).bearer(token).send();
    let id = create.expect(201)["id"].as_str().unwrap().to_owned();
    let at = |rest: &str| format!("/tweet/id/{id}{rest}");
    assert_eq!(ask(&server, "GET", &at("")).expect(200)["tweet_content"], "Rebounds win.");
    assert_eq!(ask(&server, "POST", &at("/like")).expect(200)["likes"], json!(["chris"]));
    assert_eq!(ask(&server, "POST", &at("/dislike")).expect(200)["like_count"], 0);
    assert_eq!(ask(&server, "POST", &at("/retweet")).expect(201)["retweets"], json!(["chris"]));
    assert_eq!(ask(&server, "DELETE", &at("/retweet")).expect(200)["retweet_count"], 0);

    ask(&server, "POST", "/user/follow?username=dennis").expect(200);
    people::eventually("the tweet of whom one follows", || {
        let home = ask(&server, "GET", "/timeline/home?start=0").expect(200);
        let tweets = home["tweets"].as_array().unwrap().clone();
        tweets.iter().any(|tweet| tweet["id"] == json!(id)).then_some(())
    });
    let own = server.get("/timeline/user?username=dennis&start=0").send().expect(200);
    assert_eq!(own["tweets"][0]["id"], json!(id));
    assert_eq!(server.get("/timeline/user?username=dennis&start=1").send().expect(200)["tweets"], json!([]));

    assert_eq!(server.call("DELETE", &at("/delete")).bearer(token).send().status, 204);
    ask(&server, "GET", &at("")).problem(404);
    assert_eq!(server.call("POST", "/auth/logout").bearer(token).send().status, 204);
    let gone = server.call("DELETE", "/user/").basic("dennis", "worm of 1991").send();
    assert_eq!(gone.status, 204);
    server.get("/user/data/dennis").send().problem(404);
}
