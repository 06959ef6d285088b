//! Files that are removed or moved while a server runs: it stops rather than acknowledge a write.

use std::fs;

use twclone_testkit::{Answer, Server, World, json};

use super::witness::{Witness, send};

/// Tries to write to one of the stores: an account or a message.
fn write(server: &Server, identity: bool) -> Option<Answer> {
    let account = json!({"username": "dennis", "email": "dennis@example.com", "password": "worm of 1991"});
    if identity { server.post("/register", &account).try_send() } else { send(server, "lost") }
}

/// Waits until the server has ended by itself, and asserts that it reports the reason.
fn assert_ended(server: &mut Server, file: &str) {
    assert_eq!(server.ended(), Some(1), "{file}: {}", server.log());
    let said = |log: &str| {
        let line = log.lines().rfind(|line| line.starts_with("twclone-server: "));
        line.is_some_and(|line| line.contains(file) && line.contains("removed, moved or replaced"))
    };
    for _ in 0..100 {
        if said(&server.log()) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("it does not say why it ends, or of another file than {file}:\n{}", server.log());
}

#[test]
fn a_server_whose_file_is_removed_acknowledges_nothing_and_ends() {
    for file in ["items.db", "items.db-wal", "items.db-shm", "identity.db", "identity.db-wal"] {
        let world = World::embedded();
        let mut server = world.serve_seeded();
        let witness = Witness::default();
        assert!(witness.send(&server, "before").is_some());
        fs::remove_file(world.data().join(file)).unwrap();
        // The server may already have ended.
        if let Some(answer) = write(&server, file.starts_with("identity")) {
            assert!([502, 503].contains(&answer.status), "{file}: {answer:?}");
        }
        if let Some(ready) = server.get("/readyz").try_send() {
            assert_eq!(ready.status, 503, "{file}: {ready:?}");
        }
        assert_ended(&mut server, file);
        // The log was written back when the server ended.
        if file.ends_with("-wal") || file.ends_with("-shm") {
            witness.check(&world.serve());
        }
    }
}

#[test]
fn a_server_whose_folder_is_moved_ends_though_nobody_asks_for_anything() {
    let world = World::embedded();
    let mut server = world.serve_seeded();
    let witness = Witness::default();
    assert!(witness.send(&server, "before").is_some());
    let elsewhere = world.folder().join("elsewhere");
    fs::rename(world.data(), &elsewhere).unwrap();
    assert_ended(&mut server, ".db");
    assert!(!world.data().exists(), "something is left where the folder was");
    fs::rename(elsewhere, world.data()).unwrap();
    witness.check(&world.serve());
}

#[test]
fn a_gateway_ends_too() {
    let world = World::embedded();
    let mut gateway = world.serve_with(&["gateway"]);
    fs::rename(world.data(), world.folder().join("elsewhere")).unwrap();
    assert_ended(&mut gateway, "items.db");
}
