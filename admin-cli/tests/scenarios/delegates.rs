use twclone_testkit::{Value, World, json};

use crate::kit::{admin, answer, blamed, failure, seeded};

fn done(world: &World, command: &str, user: &str, delegate: &str) -> (Value, Value) {
    let mut done = answer(world, &["users", "delegate", command, user, delegate]);
    (done["outcome"].take(), done["user"]["delegates"].take())
}

#[test]
fn delegates_come_and_go_on_a_running_server() {
    let world = seeded();
    let server = world.serve();
    let body = json!({"from": "scottie", "to": "kobe", "msg": "x"});
    let send = || server.post("/sendmsg", &body).mj().send();
    send().problem(403);
    assert_eq!(done(&world, "add", "scottie", "mj"), (json!("changed"), json!(["mj"])));
    assert_eq!(done(&world, "add", "SCOTTIE", "1"), (json!("unchanged"), json!(["mj"])));
    assert_eq!(send().expect(201)["sent-by"], "mj");
    assert_eq!(done(&world, "add", "7", "Kobe"), (json!("changed"), json!(["kobe", "mj"])));
    assert_eq!(answer(&world, &["users", "show", "scottie"])["delegates"], json!(["kobe", "mj"]));
    assert_eq!(done(&world, "remove", "scottie", "mj"), (json!("changed"), json!(["kobe"])));
    assert_eq!(done(&world, "remove", "scottie", "mj"), (json!("unchanged"), json!(["kobe"])));
    send().problem(403);
    server.get("/listmsg/scottie").mj().send().problem(403);
}

#[test]
fn people_are_told_what_a_delegate_may() {
    let world = seeded();
    for (command, text) in [
        ("remove", "mj was not a delegate of scottie\n"),
        ("add", "mj may now act for scottie\n"),
        ("add", "mj may already act for scottie\n"),
        ("remove", "mj may no longer act for scottie\n"),
    ] {
        let output = admin(&world, &["users", "delegate", command, "scottie", "mj"]);
        assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (Some(0), text, ""));
    }
}

#[test]
fn who_cannot_be_a_delegate_is_named() {
    let world = seeded();
    for own in ["mj", "MJ", "1"] {
        assert_eq!(blamed(&failure(&world, &["users", "delegate", "add", "mj", own], 3)), ["delegate"]);
    }
    assert_eq!(blamed(&failure(&world, &["users", "delegate", "add", "mj", "no body"], 3)), ["delegate"]);
    assert_eq!(blamed(&failure(&world, &["users", "delegate", "remove", "no body", "mj"], 3)), ["user"]);
    for (command, user, delegate) in [("add", "mj", "nobody"), ("add", "nobody", "mj"), ("remove", "mj", "nobody")] {
        let missing = failure(&world, &["users", "delegate", command, user, delegate], 4);
        assert!(missing["error"].as_str().unwrap().contains("no user nobody"), "{missing}");
    }
    assert_eq!(admin(&world, &["users", "disable", "steve"]).code, Some(0));
    for (user, delegate) in [("chris", "steve"), ("steve", "chris")] {
        let shut = failure(&world, &["users", "delegate", "add", user, delegate], 4);
        assert!(shut["error"].as_str().unwrap().contains("steve is disabled"), "{shut}");
    }
    assert_eq!(answer(&world, &["users", "show", "mj"])["delegates"], json!([]));
}
