use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use twclone_testkit::{DeletionFixture, Value, World, json};

use crate::kit::{admin, answer, empty, failure, load};

const MESSAGES: u64 = 480;

fn with(fixture: &DeletionFixture) -> World {
    let world = empty();
    load(&world, "doomed.jsonl", &fixture.seed());
    world
}

fn start(world: &World) -> Child {
    let mut command = world.command("twclone-admin");
    command.args(["users", "delete", "dennis", "--yes"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn who_is_deleted_is_gone_and_the_others_keep_their_conversations() {
    let fixture = DeletionFixture::new(40);
    let world = with(&fixture);
    let server = world.serve();
    let inbox = || server.get("/listmsg/dennis").basic("dennis", DeletionFixture::PASSWORD).send().status;
    assert_eq!(inbox(), 200);
    let deleted = answer(&world, &["users", "delete", "Dennis", "--yes"]);
    assert_eq!((&deleted["outcome"], &deleted["removed"]), (&json!("changed"), &json!(40)), "{deleted}");
    assert_eq!(deleted["user"]["state"], "deleted");
    assert_eq!(inbox(), 401);
    fixture.assert_gone(&world, &server);

    let shown = answer(&world, &["users", "show", "dennis"]);
    let deletion = &shown["deletion"];
    assert!(deletion["requested-at"].is_string() && deletion["finished-at"].is_string(), "{shown}");
    assert_eq!((&deletion["removed"], deletion), (&json!(40), &deleted["user"]["deletion"]));
    let told = admin(&world, &["users", "show", "dennis"]).stdout;
    assert!(told.contains("state      deleted\n") && told.contains("messages removed: 40; finished at 2"), "{told}");

    // The doctor finds no fault in what was marked or removed.
    let examined = admin(&world, &["doctor"]);
    assert_eq!(examined.code, Some(0), "{examined:?}");

    // A second deletion changes nothing, and needs no `--yes`.
    let again = answer(&world, &["users", "delete", "dennis"]);
    assert_eq!((&again["outcome"], &again["removed"]), (&json!("unchanged"), &json!(40)), "{again}");
    assert_eq!(again["user"], deleted["user"]);
    let told = admin(&world, &["users", "delete", "dennis"]);
    assert_eq!(told.stdout, "dennis was already deleted; messages removed: 40\n");
    let id = shown["id"].as_str().unwrap();
    assert_eq!(answer(&world, &["users", "delete", id])["outcome"], "unchanged");
}

#[test]
fn nobody_is_deleted_by_accident() {
    let world = with(&DeletionFixture::new(8));
    let before = answer(&world, &["users", "show", "dennis"]);
    assert!(before.get("deletion").is_none(), "{before}");
    let refused = failure(&world, &["users", "delete", "dennis"], 2);
    assert!(refused["error"].as_str().unwrap().contains("--yes"), "{refused}");
    failure(&world, &["users", "delete", "nobody", "--yes"], 4);
    failure(&world, &["users", "delete", "no name", "--yes"], 3);
    assert_eq!(answer(&world, &["users", "show", "dennis"]), before);
}

#[test]
fn the_server_removes_what_is_left_to_it() {
    let fixture = DeletionFixture::new(40);
    let world = with(&fixture);
    let deleted = answer(&world, &["users", "delete", "dennis", "--yes", "--no-wait"]);
    assert_eq!((&deleted["outcome"], &deleted["removed"]), (&json!("changed"), &json!(0)), "{deleted}");
    assert_eq!(deleted["user"]["deletion"]["finished-at"], Value::Null);
    let told = admin(&world, &["users", "show", "dennis"]).stdout;
    assert!(told.contains("messages removed: 0; not finished\n"), "{told}");
    let server = world.serve();
    assert_eq!(DeletionFixture::finished(&world)["removed"], 40);
    fixture.assert_gone(&world, &server);
}

#[test]
fn a_deletion_that_is_killed_is_gone_on_with() {
    let fixture = DeletionFixture::new(MESSAGES);
    let world = with(&fixture);
    let all = DeletionFixture::left(&world);
    let mut before = all;
    let mut in_the_middle = 0;
    for _ in 0..2 {
        let (mut command, begin) = (start(&world), Instant::now());
        while DeletionFixture::left(&world) >= before {
            assert!(begin.elapsed() < Duration::from_mins(1), "nothing was removed in a minute");
            std::thread::sleep(Duration::from_millis(5));
        }
        command.kill().unwrap();
        command.wait().unwrap();
        before = DeletionFixture::left(&world);
        in_the_middle += u32::from(before > 0 && before < all);
        if before == 0 {
            break;
        }
    }
    assert!(in_the_middle > 0, "the command was never killed in the middle");
    let deletion = DeletionFixture::deletion(&world);
    assert!(deletion["removed"].as_u64().unwrap() < MESSAGES && deletion["finished-at"].is_null(), "{deletion}");
    let done = answer(&world, &["users", "delete", "dennis"]);
    assert_eq!(done["outcome"], "changed", "{done}");
    assert!(done["user"]["deletion"]["finished-at"].is_string(), "{done}");
    fixture.assert_gone(&world, &world.serve());
}
