//! A disk that fails: strace makes system calls return errors.

use std::sync::atomic::{AtomicBool, Ordering};

use twclone_testkit::{Answer, Output, Server, World, json, repository};

use super::witness::{Witness, send};

/// Fails each thread's syncs from the 40th on. The server's own leases need fewer than that before the first request.
const SYNC: &[&str] = &["-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=40+"];

fn register(server: &Server, name: &str) -> Answer {
    let body = json!({"username": name, "email": "dennis@example.com", "password": "worm of 1991"});
    server.post("/register", &body).send()
}

/// Asserts that the request is refused, with a detail for the operator of the disk.
fn assert_refused(answer: &Answer, status: u16, part: &str) {
    let problem = answer.problem(status);
    assert!(problem["detail"].as_str().unwrap().contains(part), "{problem}");
}

/// Asserts that the service is not ready, with this text for each of its stores.
fn assert_not_ready(server: &Server, part: &str) {
    let ready = server.get("/readyz").send().expect(503);
    for store in ["identity", "items"] {
        assert!(ready[store].as_str().unwrap().contains(part), "{ready}");
    }
    server.get("/healthz").send().expect(200);
}

/// Runs eight writers until writes are refused. A write that begins after the first refusal must be refused, too.
fn write_until_refused(server: &Server, witness: &Witness, status: u16, part: &str) {
    let refused = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let refused = &refused;
            scope.spawn(move || {
                let mut refusals = 0;
                for count in 0..1_000 {
                    let before = refused.load(Ordering::SeqCst);
                    let text = format!("{writer}-{count}");
                    let answer = send(server, &text).unwrap();
                    if answer.status == 201 {
                        assert!(!before, "{text} was accepted after another had been refused");
                        witness.saw(&answer.json(), &text);
                        continue;
                    }
                    assert_refused(&answer, status, part);
                    refused.store(true, Ordering::SeqCst);
                    refusals += 1;
                    if refusals == 3 {
                        return;
                    }
                }
                panic!("nothing is refused");
            });
        }
    });
}

#[test]
fn after_a_failed_sync_nothing_is_written_until_a_restart() {
    let world = World::embedded();
    let server = world.serve_seeded();
    let Some(trace) = world.trace(&server, SYNC) else { return };
    let witness = Witness::default();
    write_until_refused(&server, &witness, 502, "the disk failed");
    let names: Vec<_> = (0..120).map(|count| format!("dennis{count}")).collect();
    let registered = names.iter().position(|name| register(&server, name).status != 201).unwrap();
    assert_refused(&register(&server, "dennis"), 502, "the disk failed");
    assert!(witness.acknowledged() > 0 && registered > 0);
    // The disk seems to work again, but what it accepted meanwhile is lost.
    assert!(trace.end().iter().any(|line| line.contains("INJECTED")));
    assert_refused(&send(&server, "later").unwrap(), 502, "the disk failed");
    assert_refused(&register(&server, "later"), 502, "the disk failed");
    assert_refused(&server.post("/listmsg/kobe/read", &json!({"up-to": 24})).mj().send(), 502, "the disk failed");
    assert_not_ready(&server, "the disk failed");
    witness.check(&server);
    server.kill();

    let server = world.serve();
    server.get("/readyz").send().expect(200);
    let kept = witness.check(&server);
    assert!(kept.values().all(|message| message["msg"] != "later"));
    let users = server.get("/users/all?limit=100").send().expect(200);
    for name in &names[..registered] {
        assert!(users["users"].as_array().unwrap().iter().any(|user| user["username"] == **name), "{name} is lost");
    }
    assert!(witness.send(&server, "after the restart").is_some());
    register(&server, "later").expect(201);
    witness.check(&server);
}

/// A checkpoint writes the log back into the file from time to time. If that fails, the log still has its contents.
#[test]
fn after_a_failed_sync_of_the_file_nothing_is_written_until_a_restart() {
    let world = World::embedded();
    let server = world.serve_seeded();
    let file = world.data().join("items.db");
    let syncs = ["-P", file.to_str().unwrap(), "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO"];
    let Some(trace) = world.trace(&server, &syncs) else { return };
    let witness = Witness::default();
    write_until_refused(&server, &witness, 502, "the disk failed");
    assert!(trace.end().iter().any(|line| line.contains("INJECTED")));
    assert_refused(&send(&server, "later").unwrap(), 502, "the disk failed");
    let ready = server.get("/readyz").send().expect(503);
    assert!(ready["items"].as_str().unwrap().contains("the disk failed"), "{ready}");
    witness.check(&server);
    server.kill();
    let server = world.serve();
    assert!(witness.send(&server, "after the restart").is_some());
    witness.check(&server);
}

#[test]
fn a_refused_write_is_told_and_the_next_one_may_succeed() {
    for (fault, status, part) in [("ENOSPC", 503, "the disk is full"), ("EIO", 502, "try again")] {
        let world = World::embedded();
        let server = world.serve_seeded();
        let inject = format!("inject=pwrite64:error={fault}:when=40+");
        let Some(trace) = world.trace(&server, &["-e", "trace=pwrite64", "-e", &inject]) else { return };
        let witness = Witness::default();
        write_until_refused(&server, &witness, status, part);
        let registered = (0..40).find(|count| register(&server, &format!("dennis{count}")).status != 201);
        assert_refused(&register(&server, &format!("dennis{}", registered.unwrap())), status, part);
        if fault == "ENOSPC" {
            assert_not_ready(&server, "the disk is full");
        }
        witness.check(&server);
        assert!(trace.end().iter().any(|line| line.contains("INJECTED")));
        server.get("/readyz").send().expect(200);
        assert!(witness.send(&server, "afterwards").is_some());
        register(&server, "afterwards").expect(201);
        witness.check(&server);
        server.kill();
        witness.check(&world.serve());
    }
}

#[test]
fn whatever_sync_fails_on_opening_the_next_opening_succeeds() {
    let seed = repository().join("test-load.json");
    let init = ["init", "--seed", seed.to_str().unwrap()];
    let mut failed = 0;
    // strace counts each thread's calls separately. Most calls are the first thread's.
    for place in 1.. {
        let world = World::embedded();
        let inject = format!("inject=fsync,fdatasync:error=EIO:when={place}");
        let calls = ["-e", "trace=fsync,fdatasync", "-e", inject.as_str()];
        let Some(mut command) = world.command_traced(&calls, "twclone-admin") else { return };
        command.args(init);
        let output = Output::of(command, "");
        if output.code == Some(0) {
            break;
        }
        assert_eq!(output.code, Some(5), "{place}: {output:?}");
        assert!(output.stderr.contains("disk") || output.stderr.contains("os error 5"), "{place}: {output:?}");
        failed += 1;
        assert_eq!(world.admin(&init).code, Some(0));
        let server = world.serve();
        let witness = Witness::default();
        assert!(witness.send(&server, "written").is_some());
        assert_eq!(witness.check(&server).len(), 4);
    }
    assert!(failed > 2, "only {failed} syncs failed");
}
