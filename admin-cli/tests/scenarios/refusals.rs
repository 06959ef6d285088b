use twclone_testkit::json;

use crate::kit::{admin, load, project_seed, seeded};

#[test]
fn a_changed_record_is_refused_and_named_and_overwrites_nothing() {
    let world = seeded();
    let server = world.serve();
    let inbox = || server.get("/listmsg/jordan").mj().send().text;
    let (before, users) = (inbox(), admin(&world, &["users", "list"]).stdout);
    let mut seed = project_seed();
    seed["accounts"][4]["bio"] = json!("Somebody else.");
    seed["accounts"][5]["email"] = json!("other@example.com");
    seed["messages"][6]["msg"] = json!("How do you do?");
    let file = world.file("seed.json", &seed.to_string());
    let output = admin(&world, &["seed", "--json", file.to_str().unwrap()]);
    assert_eq!(output.code, Some(4), "{output:?}");
    assert!(output.stderr.contains("3 records were refused"), "{output:?}");
    let loaded = &output.json()["files"][0];
    let refusals = json!([
        {"place": "accounts[4]", "reason": "chris exists with another bio"},
        {"place": "accounts[5]", "reason": "steve exists with another e-mail address"},
        {"place": "messages[6]", "reason": "another message has the id 23"},
    ]);
    assert_eq!(loaded["refusals"], refusals);
    assert_eq!(loaded["accounts"], json!({"created": 0, "unchanged": 5, "refused": 2}));
    assert_eq!(loaded["messages"], json!({"created": 0, "unchanged": 9, "refused": 1}));
    let output = admin(&world, &["seed", file.to_str().unwrap()]);
    assert_eq!(output.code, Some(4), "{output:?}");
    assert!(output.stdout.contains("refused: messages[6]: another message has the id 23"), "{output:?}");
    assert_eq!((inbox(), admin(&world, &["users", "list"]).stdout), (before, users));
}

#[test]
fn a_password_that_its_owner_changed_stays() {
    let world = seeded();
    let server = world.serve();
    assert_eq!(world.admin_with_input(&["users", "passwd", "mj"], "my own now\n").code, Some(0));
    assert_eq!(load(&world, "seed.json", &project_seed().to_string())["accounts"]["unchanged"], 7);
    server.get("/listmsg/mj").mj().send().problem(401);
    server.get("/listmsg/mj").basic("mj", "my own now").send().expect(200);
}

#[test]
fn a_refused_account_does_not_write_through_its_name() {
    let world = seeded();
    let seed = json!({
        "accounts": [{"id": 1, "username": "dennis", "email": "dennis@example.com"}],
        "messages": [
            {"id": 51, "from": "dennis", "to": "mj", "msg": "From nobody.", "sent-at": "2026-02-05T08:00:00Z"},
            {"id": 52, "from": "kobe", "to": "mj", "msg": "From somebody.", "sent-at": "2026-02-05T08:01:00Z"},
        ],
    });
    let file = world.file("seed.json", &seed.to_string());
    let output = admin(&world, &["seed", "--json", file.to_str().unwrap()]);
    assert_eq!(output.code, Some(4), "{output:?}");
    let loaded = &output.json()["files"][0];
    assert_eq!(loaded["refusals"][0], json!({"place": "accounts[0]", "reason": "the id 1 belongs to mj"}));
    assert_eq!(loaded["messages"], json!({"created": 1, "unchanged": 0, "refused": 1}), "{loaded}");
    assert_eq!(loaded["refusals"][1]["place"], "messages[0]");
    let server = world.serve();
    let inbox = server.get("/listmsg/mj?limit=1").mj().send().expect(200);
    assert_eq!(inbox["messages"][0]["id"], "52");
}

#[test]
fn an_answer_to_a_refused_question_is_refused_too() {
    let world = seeded();
    let server = world.serve();
    let told = || server.get("/listmsg/mj?box=all").mj().send().text;
    let before = told();
    // The stored message 31 is an unanswered question between other accounts.
    let seed = json!({"messages": [
        {"id": 31, "from": "steve", "to": "chris", "msg": "Tea?", "quick-replies": ["Yes", "No"],
            "sent-at": "2026-02-05T08:00:00Z"},
        {"id": 53, "from": "chris", "to": "steve", "quick-reply": 0, "reply-to-id": 31,
            "sent-at": "2026-02-05T08:01:00Z"},
        {"id": 54, "from": "steve", "to": "chris", "msg": "I see.", "reply-to-id": 31,
            "sent-at": "2026-02-05T08:02:00Z"},
    ]});
    let file = world.file("seed.json", &seed.to_string());
    let output = admin(&world, &["seed", "--json", file.to_str().unwrap()]);
    assert_eq!(output.code, Some(4), "{output:?}");
    assert_eq!(output.json()["files"][0]["messages"], json!({"created": 0, "unchanged": 0, "refused": 3}));
    assert_eq!(told(), before);
}

#[test]
fn what_is_about_a_refused_post_is_refused_too() {
    let world = seeded();
    let posted = |id: u64, text: &str| json!({"id": id, "username": "steve", "text": text, "created-at": "2026-02-08T08:00:00Z"});
    let mut reply = posted(31, "I know.");
    reply["reply-to-id"] = json!(1);
    let mut answer = posted(32, "You do.");
    answer["reply-to-id"] = json!(31);
    let repost = json!({"id": 33, "username": "scottie", "repost-of": 3, "created-at": "2026-02-08T08:00:00Z"});
    let mut again = repost.clone();
    (again["id"], again["repost-of"]) = (json!(34), json!(1));
    let seed = json!({
        "posts": [posted(1, "Something else."), reply, answer, posted(3, "Not kobe's."), repost, posted(35, "Alone.")],
        "likes": [{"username": "jordan", "post": 1}, {"username": "jordan", "post": 35}],
    });
    let file = world.file("seed.json", &seed.to_string());
    let output = admin(&world, &["seed", "--json", file.to_str().unwrap()]);
    assert_eq!(output.code, Some(4), "{output:?}");
    let loaded = &output.json()["files"][0];
    assert_eq!(loaded["posts"], json!({"created": 1, "unchanged": 0, "refused": 5}), "{loaded}");
    assert_eq!(loaded["likes"], json!({"created": 1, "unchanged": 0, "refused": 1}), "{loaded}");
    let mut refusals: Vec<_> = loaded["refusals"].as_array().unwrap().clone();
    refusals.sort_by_key(|refusal| refusal["place"].to_string());
    assert_eq!(
        json!(refusals),
        json!([
            {"place": "likes[0]", "reason": "the post 1, to which it refers, was refused"},
            {"place": "posts[0]", "reason": "another post has the id 1"},
            {"place": "posts[1]", "reason": "the post 1, to which it refers, was refused"},
            {"place": "posts[2]", "reason": "the post 31, to which it refers, was refused"},
            {"place": "posts[3]", "reason": "another post has the id 3"},
            {"place": "posts[4]", "reason": "the post 3, to which it refers, was refused"},
        ])
    );
    // The same repost exists already, under another id.
    let file = world.file("again.json", &json!({ "posts": [again] }).to_string());
    let output = admin(&world, &["seed", "--json", file.to_str().unwrap()]);
    assert_eq!(output.code, Some(4), "{output:?}");
    assert_eq!(output.json()["files"][0]["refusals"][0]["reason"], "scottie has already reposted 1");
}

#[test]
fn nothing_is_loaded_for_accounts_that_were_deleted() {
    let world = seeded();
    assert_eq!(admin(&world, &["users", "delete", "kobe", "--yes"]).code, Some(0));
    let seed = json!({
        "follows": [{"follower": "kobe", "followed": "mj"}, {"follower": "chris", "followed": "kobe"}],
        "posts": [{"id": 41, "username": "kobe", "text": "Back.", "created-at": "2026-02-08T08:00:00Z"}],
        "likes": [{"username": "kobe", "post": 1}],
    });
    let file = world.file("seed.json", &seed.to_string());
    let output = admin(&world, &["seed", "--json", file.to_str().unwrap()]);
    assert_eq!(output.code, Some(4), "{output:?}");
    let loaded = &output.json()["files"][0];
    for (kind, refused) in [("follows", 2), ("posts", 1), ("likes", 1)] {
        assert_eq!(loaded[kind], json!({"created": 0, "unchanged": 0, "refused": refused}), "{loaded}");
    }
    assert_eq!(loaded["refusals"][0]["reason"], "the account kobe was deleted");
}
