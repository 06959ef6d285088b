mod counters;
mod files;
mod jobs;
mod messages;
mod platform;
mod profiles;
mod shop;
mod store;

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use twclone_testkit::{Value, World, json};

use crate::kit::{admin, answer, failure, made_empty};

/// Overwrites the first occurrence of a text in a file.
fn change(path: &Path, text: &str, with: &str) {
    let bytes = fs::read(path).unwrap();
    let place = bytes.windows(text.len()).position(|window| window == text.as_bytes()).expect("the text is there");
    OpenOptions::new().write(true).open(path).unwrap().write_all_at(with.as_bytes(), place as u64).unwrap();
}

/// Returns the faults that the doctor reports for a store. Asserts that there are faults.
fn faults(world: &World, place: usize) -> Vec<String> {
    let output = admin(world, &["--json", "doctor"]);
    assert_eq!(output.code, Some(1), "{output:?}");
    let answer = output.json();
    assert_eq!(answer["healthy"], json!(false));
    let faults = answer["stores"][place]["faults"].as_array().unwrap();
    faults.iter().map(|fault| fault.as_str().unwrap().to_owned()).collect()
}

/// Returns the faults of a store. Asserts that the other stores have none.
fn diagnose(world: &World, place: usize) -> Vec<String> {
    let found = faults(world, place);
    let stores = admin(world, &["--json", "doctor"]).json()["stores"].take();
    for (other, store) in stores.as_array().unwrap().iter().enumerate() {
        assert_eq!(store["faults"] == json!([]), other != place, "{stores}");
    }
    found
}

/// Repairs the stores, and returns the repairs of one. Asserts that no store has faults afterwards.
fn repaired(world: &World, place: usize) -> Vec<String> {
    let answer = answer(world, &["doctor", "--repair"]);
    clean(world);
    let repaired = answer["stores"][place]["repaired"].as_array().unwrap();
    repaired.iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

/// Asserts that the doctor reports neither faults nor notes.
fn clean(world: &World) {
    let answer = answer(world, &["doctor"]);
    assert_eq!(answer["healthy"], json!(true), "{answer}");
    assert!(answer["stores"].as_array().unwrap().iter().all(|store| store["notes"] == json!([])), "{answer}");
}

#[test]
fn a_sound_installation_is_found_sound_also_beside_a_server() {
    let world = World::new();
    let _server = world.serve_seeded();
    let answer = answer(&world, &["doctor"]);
    assert_eq!(answer["healthy"], json!(true));
    assert_eq!(answer["stores"][0]["store"], "identity.db");
    assert!(answer["stores"].as_array().unwrap().iter().all(|store| store["faults"] == json!([])), "{answer}");
    for (place, file) in [(0, "identity.db"), (1, "items.db")] {
        let version = &answer["stores"][place]["version"];
        let is_there = answer["stores"][place]["store"] == file;
        assert!(version["found"] == version["known"] && version["found"].is_number() == is_there, "{answer}");
    }
    assert_eq!(answer["stores"][2]["store"], "files");
    let output = admin(&world, &["doctor"]);
    assert!(output.stdout.starts_with("identity.db   sound, version "), "{output:?}");
}

#[test]
fn a_message_that_the_disk_changed_is_neither_served_nor_overlooked() {
    let world = World::embedded();
    let server = world.serve_seeded();
    let text = "the very words";
    let sent = server.post("/sendmsg", &json!({"to": "kobe", "from": "jordan", "msg": text})).mj().send().expect(201);
    assert_eq!(server.stop(), Some(0));
    change(&world.data().join("items.db"), text, "the evil words");
    let found = faults(&world, 1);
    assert!(found.iter().any(|fault| fault.contains("its checksum differs")), "{found:?}");
    let server = world.serve();
    let mut damaged = 0;
    for path in ["/listmsg/kobe", "/listmsg/jordan?box=sent", "/listmsg/kobe?with=jordan", "/listmsg/kobe?unread=true"]
    {
        let answer = server.get(path).mj().send();
        match answer.status {
            200 => {
                let page = answer.expect(200);
                let messages = page["messages"].as_array().unwrap();
                let ours: Vec<&Value> = messages.iter().filter(|message| message["id"] == sent["id"]).collect();
                assert!(ours.len() == 1 && ours[0]["msg"] == text, "{path}: {ours:?}");
            }
            status => {
                assert_eq!(status, 500, "{path}: {answer:?}");
                damaged += 1;
            }
        }
    }
    // The text is stored five times: in four lists, and under the id of the message. One of them was changed.
    assert!(damaged <= 1);
    // The server still accepts new messages.
    server.post("/sendmsg", &json!({"to": "mj", "from": "jordan", "msg": "still here"})).mj().send().expect(201);
}

#[test]
fn an_account_that_the_disk_changed_is_found() {
    let world = made_empty(World::new());
    answer(&world, &["users", "add", "jordan", "--email", "jordan@example.com", "--no-password"]);
    change(&world.data().join("identity.db"), "jordan", "jxrdan");
    let found = faults(&world, 0);
    assert!(!found.is_empty(), "{found:?}");
}

#[test]
fn a_store_that_is_gone_is_not_made_anew() {
    let world = made_empty(World::embedded());
    fs::remove_file(world.data().join("items.db")).unwrap();
    let found = faults(&world, 1);
    assert!(found[0].contains("items.db is missing"), "{found:?}");
    assert!(!world.data().join("items.db").exists());
}

#[test]
fn commits_behind_a_damaged_place_of_the_log_are_not_dropped_without_a_word() {
    let world = World::embedded();
    let server = world.serve_seeded();
    for count in 0..10 {
        let body = json!({"to": "kobe", "from": "jordan", "msg": format!("before the crash {count}")});
        server.post("/sendmsg", &body).mj().send().expect(201);
    }
    server.kill();
    let log = world.data().join("items.db-wal");
    change(&log, "before the crash 3", "before the crash x");
    let whole = fs::read(&log).unwrap();
    let refusal = failure(&world, &["status"], 5);
    let text = refusal["error"].as_str().unwrap();
    assert!(text.contains("items.db-wal is damaged") && text.contains("doctor --repair"), "{text}");
    assert!(faults(&world, 1)[0].contains("items.db-wal is damaged"));
    assert_eq!(fs::read(&log).unwrap(), whole, "the log was changed");
    let repaired = answer(&world, &["doctor", "--repair"]);
    assert_eq!(repaired["healthy"], json!(true));
    let kept = world.data().join("items.db-wal.damaged");
    assert!(repaired["stores"][1]["repaired"][0].as_str().unwrap().contains(kept.to_str().unwrap()), "{repaired}");
    assert_eq!(fs::read(&kept).unwrap(), whole);
    let messages = world.serve().get("/listmsg/kobe?with=jordan&limit=100").mj().send().expect(200);
    let text = messages.to_string();
    assert!(text.contains("before the crash 0") && !text.contains("before the crash 9"), "{text}");
}

/// After a crash, the end of the log may be torn: that commit was never acknowledged.
#[test]
fn a_torn_end_of_the_log_is_no_damage() {
    let world = World::embedded();
    let server = world.serve_seeded();
    server.post("/sendmsg", &json!({"to": "kobe", "from": "jordan", "msg": "torn"})).mj().send().expect(201);
    server.kill();
    let log = OpenOptions::new().write(true).open(world.data().join("items.db-wal")).unwrap();
    log.set_len(log.metadata().unwrap().len() - 100).unwrap();
    let healthy = answer(&world, &["doctor"]);
    assert_eq!(healthy["healthy"], json!(true));
}
