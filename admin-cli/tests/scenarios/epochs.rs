//! If one store comes from an older backup than the other, both are refused until an operator repairs them.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use twclone_testkit::{Output, Server, World, json};

use crate::kit::{admin, answer, conversations, failure, load, made_empty};

const PASSWORD: &str = "a plain phrase";

/// Returns a world and its server, with an account `ghost` that has exchanged messages with `mj`.
fn with_ghost() -> (World, Server) {
    let world = made_empty(World::embedded());
    load(&world, "people.jsonl", &conversations(4));
    let server = world.serve();
    let ghost = json!({"username": "ghost", "email": "ghost@example.com", "password": PASSWORD});
    server.post("/register", &ghost).send().expect(201);
    server.post("/sendmsg", &json!({"to": "ghost", "msg": "private"})).mj().send().expect(201);
    server.post("/sendmsg", &json!({"to": "mj", "msg": "secret"})).basic("ghost", PASSWORD).send().expect(201);
    (world, server)
}

fn back_up(world: &World) -> PathBuf {
    let made = answer(world, &["backup", world.folder().join("backups").to_str().unwrap()]);
    PathBuf::from(made["backup"].as_str().unwrap())
}

/// Deletes `ghost`, and waits until the deletion is finished.
fn delete_ghost(world: &World, server: &Server) {
    assert_eq!(server.call("DELETE", "/user/").basic("ghost", PASSWORD).send().status, 204);
    let begun = Instant::now();
    while !answer(world, &["users", "show", "ghost"])["deletion"]["finished-at"].is_string() {
        assert!(begun.elapsed() < Duration::from_mins(1), "it is never finished");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Replaces a store with its file from a backup, as an operator might do by hand.
fn put_back(world: &World, backup: &Path, file: &str) {
    for log in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(world.data().join(format!("{file}{log}")));
    }
    std::fs::copy(backup.join(file), world.data().join(file)).unwrap();
}

/// Asserts that the server and the commands refuse to start, and that they say why.
fn assert_refused(world: &World, why: &str) {
    let mut command = world.command("twclone-server");
    command.args(["--port", "0"]);
    let refused = Output::of(command, "");
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{refused:?}");
    assert_eq!(refused.stderr.trim_end().lines().count(), 1, "{refused:?}");
    for part in [why, "twclone-admin restore", "twclone-admin doctor --repair"] {
        assert!(refused.stderr.contains(part), "{refused:?}");
    }
    let told = failure(world, &["users", "list"], 5);
    assert!(told["error"].as_str().unwrap().contains(why), "{told}");
    let looked = admin(world, &["doctor", "--json"]);
    assert!(looked.code == Some(1) && looked.stdout.contains(why), "{looked:?}");
}

/// Asserts that `ghost` is still deleted, and that its name cannot be registered again.
fn assert_gone(server: &Server) {
    let stranger = json!({"username": "ghost", "email": "stranger@example.com", "password": PASSWORD});
    server.post("/register", &stranger).send().problem(409);
    server.get("/listmsg/ghost").basic("ghost", PASSWORD).send().problem(401);
    let messages = server.get("/listmsg/mj?box=all").mj().send().expect(200).to_string();
    assert!(messages.contains("deleted account") && !messages.contains("ghost"), "{messages}");
    server.post("/sendmsg", &json!({"to": "ghost", "msg": "still there?"})).mj().send().problem(404);
    server.post("/sendmsg", &json!({"to": "mj", "msg": "a note"})).mj().send().expect(201);
}

fn repair(world: &World) {
    let repaired = admin(world, &["doctor", "--repair", "--json"]);
    assert_eq!(repaired.code, Some(0), "{repaired:?}");
    let sound = admin(world, &["doctor", "--json"]);
    assert_eq!(sound.code, Some(0), "{sound:?}");
}

#[test]
fn older_items_are_refused_and_deletions_done_again() {
    let (world, server) = with_ghost();
    let backup = back_up(&world);
    delete_ghost(&world, &server);
    assert_eq!(server.stop(), Some(0));
    put_back(&world, &backup, "items.db");
    assert_refused(&world, "are older than identity.db");
    repair(&world);
    assert_gone(&world.serve());
}

#[test]
fn an_older_identity_database_is_refused_and_brings_nobody_back() {
    let (world, server) = with_ghost();
    let backup = back_up(&world);
    delete_ghost(&world, &server);
    assert_eq!(server.stop(), Some(0));
    put_back(&world, &backup, "identity.db");
    assert_refused(&world, "identity.db is older than the items");
    repair(&world);
    assert_gone(&world.serve());
}

#[test]
fn stores_of_two_installations_are_refused() {
    let (world, server) = with_ghost();
    assert_eq!(server.stop(), Some(0));
    let other = made_empty(World::embedded());
    std::fs::copy(other.data().join("identity.db"), world.data().join("identity.db")).unwrap();
    assert_refused(&world, "two different installations");
}

#[test]
fn both_stores_of_one_backup_start() {
    let (world, server) = with_ghost();
    let backup = back_up(&world);
    delete_ghost(&world, &server);
    assert_eq!(server.stop(), Some(0));
    for file in ["identity.db", "items.db"] {
        put_back(&world, &backup, file);
    }
    let server = world.serve();
    server.get("/listmsg/ghost").basic("ghost", PASSWORD).send().expect(200);
}
