use twclone_testkit::{World, json};

use crate::kit::{admin, answer, seeded};

fn outcome(world: &World, command: &str) -> (String, String) {
    let done = answer(world, &["users", command, "MJ"]);
    assert_eq!(done["user"]["username"], "mj");
    let text = |value: &twclone_testkit::Value| value.as_str().unwrap().to_owned();
    (text(&done["outcome"]), text(&done["user"]["state"]))
}

fn pair(one: &str, other: &str) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

#[test]
fn a_disabled_account_is_shut_on_a_running_server_until_it_is_enabled() {
    let world = seeded();
    let server = world.serve();
    let token = server.call("POST", "/login").mj().send().expect(200)["access_token"].as_str().unwrap().to_owned();
    server.get("/listmsg/mj").mj().send().expect(200);
    assert_eq!(outcome(&world, "disable"), pair("changed", "disabled"));
    server.get("/listmsg/mj").mj().send().problem(401);
    server.get("/listmsg/mj").bearer(&token).send().problem(401);
    let body = json!({"to": "mj", "msg": "hello"});
    server.post("/sendmsg", &body).basic("chris", "password2").send().problem(404);
    assert_eq!(outcome(&world, "disable"), pair("unchanged", "disabled"));
    assert_eq!(outcome(&world, "enable"), pair("changed", "active"));
    assert_eq!(outcome(&world, "enable"), pair("unchanged", "active"));
    server.get("/listmsg/mj").mj().send().expect(200);
    server.post("/sendmsg", &body).basic("chris", "password2").send().expect(201);
    server.get("/listmsg/mj").bearer(&token).send().problem(401);
}

#[test]
fn people_are_told_what_changed_and_what_was_so_before() {
    let world = seeded();
    for (command, text) in [
        ("disable", "mj is disabled\n"),
        ("disable", "mj was already disabled\n"),
        ("enable", "mj is enabled\n"),
        ("enable", "mj was already enabled\n"),
    ] {
        let output = admin(&world, &["users", command, "mj"]);
        assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (Some(0), text, ""));
    }
}

#[test]
fn a_disabled_account_is_listed_and_counted_and_keeps_its_name() {
    let world = seeded();
    outcome(&world, "disable");
    let listed = answer(&world, &["users", "list"]);
    let states: Vec<_> = listed["users"].as_array().unwrap().iter().map(|user| user["state"].clone()).collect();
    assert_eq!(states.iter().filter(|state| **state == "disabled").count(), 1);
    assert_eq!(states.len(), 7);
    assert_eq!(answer(&world, &["status"])["accounts"], json!({"active": 6, "deleted": 0, "disabled": 1}));
    let server = world.serve();
    let body = json!({"username": "MJ", "email": "other@example.com", "password": "long enough too"});
    server.post("/register", &body).send().problem(409);
}

#[test]
fn a_password_given_to_a_disabled_account_does_not_open_it() {
    let world = seeded();
    let server = world.serve();
    outcome(&world, "disable");
    assert_eq!(world.admin_with_input(&["users", "passwd", "mj"], "another\n").code, Some(0));
    server.get("/listmsg/mj").basic("mj", "another").send().problem(401);
    outcome(&world, "enable");
    server.get("/listmsg/mj").basic("mj", "another").send().expect(200);
}
