use twclone_testkit::{Server, World};

use crate::kit::{admin, admin_with_input, answer_with_input, blamed, empty, failure, failure_with_input, seeded};

fn is_let_in(server: &Server, password: &str) -> bool {
    server.get("/listmsg/mj").basic("mj", password).send().status == 200
}

fn give(world: &World, input: &str) {
    let given = answer_with_input(world, &["users", "passwd", "MJ"], input);
    assert_eq!((&given["outcome"], &given["user"]["username"]), (&"changed".into(), &"mj".into()));
}

#[test]
fn a_password_is_the_first_line_of_standard_input() {
    let world = seeded();
    let server = world.serve();
    let longest = "x".repeat(71);
    let mut before = "bulls".to_owned();
    for (input, password) in [
        ("x\n", "x"),
        ("two words \n", "two words "),
        ("from DOS\r\n", "from DOS"),
        ("without an end", "without an end"),
        ("\u{feff}from Notepad\r\n", "from Notepad"),
        ("first\nsecond\n", "first"),
        ("Пароль 🏀\n", "Пароль 🏀"),
        (longest.as_str(), longest.as_str()),
    ] {
        assert!(is_let_in(&server, &before));
        give(&world, input);
        assert!(is_let_in(&server, password), "{password:?} is not the password");
        assert!(!is_let_in(&server, &before), "{before:?} still is the password");
        password.clone_into(&mut before);
    }
}

#[test]
fn sessions_made_with_the_old_password_end() {
    let world = seeded();
    let server = world.serve();
    let token = server.call("POST", "/login").mj().send().expect(200)["access_token"].as_str().unwrap().to_owned();
    server.get("/listmsg/mj").bearer(&token).send().expect(200);
    let output = admin_with_input(&world, &["users", "passwd", "mj"], "bulls\n");
    assert!(output.stdout.starts_with("mj has a new password"), "{output:?}");
    server.get("/listmsg/mj").bearer(&token).send().problem(401);
    assert!(is_let_in(&server, "bulls"));
}

#[test]
fn a_password_that_cannot_be_kept_changes_nothing() {
    let world = seeded();
    let server = world.serve();
    let (long, endless) = ("x".repeat(72), "x".repeat(100_000));
    for input in ["", "\n", "\r\n", "\nsecond\n", "\u{feff}\n", "a\0b\n", long.as_str(), endless.as_str()] {
        let failure = failure_with_input(&world, &["users", "passwd", "mj"], input, 3);
        assert_eq!(blamed(&failure), ["password"], "{failure}");
        let arguments = ["users", "add", "dennis", "--email", "dennis@example.com"];
        let failure = failure_with_input(&world, &arguments, input, 3);
        assert_eq!(blamed(&failure), ["password"], "{failure}");
    }
    assert!(is_let_in(&server, "bulls"));
    failure(&world, &["users", "show", "dennis"], 4);
}

#[test]
fn a_password_is_never_an_argument() {
    let world = seeded();
    let server = world.serve();
    for arguments in [
        &["users", "passwd", "mj", "secret"][..],
        &["users", "passwd", "mj", "--password", "secret"],
        &["users", "passwd", "mj", "--password=secret"],
        &["users", "add", "dennis", "secret", "--email", "dennis@example.com"],
        &["users", "add", "dennis", "--password", "secret", "--email", "dennis@example.com"],
    ] {
        let output = admin_with_input(&world, arguments, "from input\n");
        assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{output:?}");
    }
    assert!(is_let_in(&server, "bulls"));
    failure(&world, &["users", "show", "dennis"], 4);
}

#[test]
fn an_account_without_a_password_lets_nobody_in() {
    let world = empty();
    let server = world.serve();
    let arguments = ["users", "add", "mj", "--email", "mj@example.com", "--no-password"];
    let output = admin(&world, &arguments);
    assert_eq!((output.code, output.stdout.as_str()), (Some(0), "mj was added, without a password\n"));
    assert!(!is_let_in(&server, "") && !is_let_in(&server, "bulls"));
    give(&world, "bulls\n");
    assert!(is_let_in(&server, "bulls"));
}

#[test]
fn nobody_is_asked_for_a_password_that_leads_nowhere() {
    let world = seeded();
    // The empty standard input is a fault too, but the missing or existing account is reported first.
    failure(&world, &["users", "passwd", "nobody"], 4);
    failure(&world, &["users", "add", "mj", "--email", "other@example.com"], 4);
}
