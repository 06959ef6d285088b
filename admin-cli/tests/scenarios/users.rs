use twclone_testkit::{World, json};

use crate::kit::{
    admin, admin_with_input, answer, answer_with_input, blamed, empty, failure, failure_with_input, load,
};

fn add(world: &World, name: &str) -> twclone_testkit::Output {
    admin_with_input(world, &["users", "add", name, "--email", "somebody@example.com"], "secret of 1991\n")
}

#[test]
fn who_is_added_can_log_in_at_once() {
    let world = empty();
    let server = world.serve();
    let arguments = ["users", "add", "Dennis", "--email", "dennis@example.com", "--bio", "Rebounds."];
    let mut added = answer_with_input(&world, &arguments, "worm\n");
    let id = added["user"]["id"].take();
    assert!(id.as_str().is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_digit())), "{id}");
    let created_at = added["user"]["created-at"].take();
    assert!(created_at.as_str().unwrap().ends_with('Z'), "{created_at}");
    let user = json!({
        "id": null, "username": "Dennis", "email": "dennis@example.com", "name": null, "bio": "Rebounds.",
        "state": "active", "role": "user", "created-at": null, "delegates": [], "grants": [],
    });
    assert_eq!(added, json!({"outcome": "created", "user": user}));
    let inbox = server.get("/listmsg/dennis").basic("dennis", "worm").send().expect(200);
    assert_eq!(inbox["messages"], json!([]));
    assert_eq!(server.get(&format!("/listmsg/{}", id.as_str().unwrap())).basic("Dennis", "worm").send().status, 200);
}

#[test]
fn people_are_told_who_was_added() {
    let world = empty();
    let output = add(&world, "dennis");
    assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (Some(0), "dennis was added\n", ""));
    let output = admin(&world, &["users", "show", "dennis"]);
    for part in ["username   dennis\n", "email      somebody@example.com\n", "state      active\n", "delegates  none"] {
        assert!(output.stdout.contains(part), "{part:?} is not in {output:?}");
    }
}

#[test]
fn what_people_write_rearranges_no_terminal() {
    let world = empty();
    let arguments =
        ["users", "add", "dennis", "--email", "dennis@example.com", "--bio", "abc\u{202e}def\u{2066}\u{200f}!"];
    assert_eq!(admin_with_input(&world, &arguments, "secret of 1991\n").code, Some(0));
    let shown = admin(&world, &["users", "show", "dennis"]).stdout;
    assert!(shown.contains("abc\\u{202e}def\\u{2066}\\u{200f}!\n"), "{shown:?}");
    assert_eq!(answer(&world, &["users", "show", "dennis"])["bio"], "abc\u{202e}def\u{2066}\u{200f}!");
}

#[test]
fn a_name_that_is_taken_stays_its_owners() {
    let world = empty();
    assert_eq!(add(&world, "dennis").code, Some(0));
    let before = answer(&world, &["users", "list"]);
    for name in ["dennis", "DENNIS"] {
        let arguments = ["users", "add", name, "--email", "other@example.com"];
        let taken = failure_with_input(&world, &arguments, "another one\n", 4);
        assert!(taken["error"].as_str().unwrap().contains("taken"), "{taken}");
    }
    assert_eq!(answer(&world, &["users", "list"]), before);
}

#[test]
fn names_are_compared_without_case_and_shown_as_their_owner_writes_them() {
    let world = empty();
    assert_eq!(add(&world, "Dennis").code, Some(0));
    for name in ["dennis", "DENNIS", "Dennis"] {
        assert_eq!(answer(&world, &["users", "show", name])["username"], "Dennis");
    }
    let id = answer(&world, &["users", "show", "dennis"])["id"].clone();
    assert_eq!(answer(&world, &["users", "show", id.as_str().unwrap()])["username"], "Dennis");
}

#[test]
fn what_cannot_be_a_user_is_named_field_by_field() {
    let world = empty();
    let long = "x".repeat(31);
    for name in ["admin", "Users", "a b", "123", "", "ü", &long] {
        let failure = failure_with_input(&world, &["users", "add", name, "--email", "x@example.com"], "secret\n", 3);
        assert_eq!(blamed(&failure), ["username"], "{name}: {failure}");
    }
    let failure = failure_with_input(&world, &["users", "add", "1", "--email", "x"], "secret\n", 3);
    assert_eq!(blamed(&failure), ["username", "email"]);
    let bio = "x".repeat(10_000);
    let arguments = ["users", "add", "dennis", "--email", "x@example.com", "--bio", &bio];
    assert_eq!(blamed(&failure_with_input(&world, &arguments, "secret\n", 3)), ["bio"]);
    assert_eq!(answer(&world, &["users", "list"])["users"], json!([]));
}

#[test]
fn who_is_not_there_or_cannot_be_is_told_apart() {
    let world = empty();
    for command in ["show", "passwd", "disable", "enable"] {
        let missing = failure_with_input(&world, &["users", command, "nobody"], "secret\n", 4);
        assert!(missing["error"].as_str().unwrap().contains("no user nobody"), "{missing}");
        assert_eq!(missing["faults"], json!([]));
        assert_eq!(blamed(&failure_with_input(&world, &["users", command, "no body"], "secret\n", 3)), ["user"]);
    }
}

#[test]
fn the_list_of_users_comes_in_pages() {
    let world = empty();
    let accounts: Vec<_> = (1..=45)
        .map(|id| json!({"id": id, "username": format!("user{id}"), "email": format!("user{id}@example.com")}))
        .collect();
    load(&world, "seed.json", &json!({ "accounts": accounts }).to_string());
    let whole = answer(&world, &["users", "list"]);
    assert_eq!(whole["next"], json!(null));
    let whole = whole["users"].as_array().unwrap();
    let ids: Vec<_> = whole.iter().map(|user| user["id"].as_str().unwrap().parse::<u32>().unwrap()).collect();
    assert_eq!(ids, (1..=45).rev().collect::<Vec<_>>(), "not newest first");

    let mut paged = Vec::new();
    let mut page = answer(&world, &["users", "list", "--limit", "20"]);
    for left in [25, 5, 0] {
        paged.extend(page["users"].as_array().unwrap().iter().cloned());
        assert_eq!(paged.len(), 45 - left);
        assert_eq!(page["next"].is_null(), left == 0, "{}", page["next"]);
        if let Some(next) = page["next"].as_str() {
            page = answer(&world, &["users", "list", "--limit", "20", "--cursor", next]);
        }
    }
    assert_eq!(paged, *whole);

    let output = admin(&world, &["users", "list", "--limit", "44"]);
    assert_eq!(output.stdout.lines().filter(|line| line.contains("@example.com")).count(), 44);
    assert!(output.stdout.contains("There are more: --cursor "), "{output:?}");
    assert!(!admin(&world, &["users", "list"]).stdout.contains("There are more"));
    assert_eq!(blamed(&failure(&world, &["users", "list", "--cursor", "elsewhere"], 3)), ["cursor"]);
    for limit in ["0", "101", "many"] {
        assert_eq!(admin(&world, &["users", "list", "--limit", limit]).code, Some(2));
    }
}
