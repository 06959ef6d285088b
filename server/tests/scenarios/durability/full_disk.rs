use twclone_testkit::{Answer, Output, Server, World, json, repository};

use super::witness::{Witness, send};

/// Asserts that the request is refused because the disk is full.
fn assert_full(answer: &Answer) {
    let problem = answer.problem(503);
    assert!(problem["detail"].as_str().unwrap().contains("the disk is full"), "{problem}");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
}

fn register(server: &Server, name: &str) -> Answer {
    let body = json!({"username": name, "email": "dennis@example.com", "password": "worm of 1991"});
    server.post("/register", &body).send()
}

/// Sends long messages until one is refused.
fn send_until_refused(server: &Server, witness: &Witness, writer: &str) {
    let long = "long ".repeat(190);
    for count in 0.. {
        let text = format!("{long}{writer}-{count}");
        let answer = send(server, &text).unwrap();
        if answer.status != 201 {
            return assert_full(&answer);
        }
        witness.saw(&answer.json(), &text);
    }
}

#[test]
fn on_a_full_disk_reads_go_on_and_writes_come_back() {
    let Some(world) = World::on_small_disk(8 * 1024) else { return };
    let server = world.serve_seeded();
    let witness = Witness::default();
    for (round, room) in [2 * 1024, 256].into_iter().enumerate() {
        world.fill_disk(room);
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let (server, witness) = (&server, &witness);
                scope.spawn(move || send_until_refused(server, witness, &format!("{round}-{writer}")));
            }
        });
        // Space that is too small for four concurrent writers may suffice for one. As soon as nothing reads, the log
        // restarts in the space that it has.
        let full = (0..20).any(|attempt| {
            send_until_refused(&server, &witness, &format!("{round}-alone-{attempt}"));
            let mut attempts = (0..).map(|count| register(&server, &format!("dennis{round}_{attempt}_{count}")));
            assert_full(&attempts.find(|answer| answer.status != 201).unwrap());
            let answer = server.get("/readyz").send();
            let ready = answer.json();
            let full = ["identity", "items"].map(|store| ready[store].as_str().unwrap().contains("the disk is full"));
            assert_eq!(answer.status, if full.contains(&true) { 503 } else { 200 }, "{answer:?}");
            full == [true, true]
        });
        assert!(full, "the service says that it is ready");
        server.get("/healthz").send().expect(200);
        witness.check(&server);

        world.free_disk();
        server.get("/readyz").send().expect(200);
        assert!(witness.send(&server, "there is room").is_some());
        register(&server, &format!("room{round}")).expect(201);
        server.post("/login", &json!({"username": "mj", "password": "bulls"})).send().expect(200);
        witness.check(&server);
    }
    server.kill();
    let server = world.serve();
    witness.check(&server);
    let users = server.get("/users/all").send().text;
    assert!(users.contains("room0") && users.contains("room1"), "{users}");
}

#[test]
fn to_start_on_a_full_disk_says_so_and_harms_nothing() {
    let Some(world) = World::on_small_disk(4 * 1024) else { return };
    let mut refused = 0;
    for room in (0..).step_by(16) {
        world.fill_disk(room);
        let mut command = world.command("twclone-admin");
        command.args(["init", "--no-seed"]);
        let output = Output::of(command, "");
        world.free_disk();
        if output.code == Some(0) {
            break;
        }
        refused += 1;
        assert_eq!(output.code, Some(5), "with {room} KB: {output:?}");
        let full = ["the disk is full", "No space left"].iter().any(|words| output.stderr.contains(words));
        assert!(full, "with {room} KB: {output:?}");
    }
    assert!(refused > 3, "only {refused} were refused");
    let server = world.serve_seeded();
    let witness = Witness::default();
    assert!(witness.send(&server, "written").is_some());
    witness.check(&server);
    // A clean stop removes the log, so the next start cannot reuse its space.
    assert_eq!(server.stop(), Some(0));

    world.fill_disk(0);
    let mut command = world.command("twclone-server");
    command.args(["--port", "0"]);
    let output = Output::of(command, "");
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(output.stderr.contains("the disk is full"), "{output:?}");
    world.free_disk();
    witness.check(&world.serve());
}

#[test]
fn a_load_that_fills_the_disk_is_gone_on_with() {
    let Some(world) = World::on_small_disk(6 * 1024) else { return };
    let project = repository().join("test-load.json");
    assert_eq!(world.admin(&["init", "--seed", project.to_str().unwrap()]).code, Some(0));
    let lines = (0..400).map(|count| {
        let message = json!({"id": 1_000 + count, "from": "jordan", "to": "kobe", "msg": format!("loaded {count}"),
                             "sent-at": "2026-02-02T17:02:11Z"});
        json!({ "message": message }).to_string() + "\n"
    });
    let file = world.file("more.jsonl", &lines.collect::<String>());
    let seed = ["--json", "seed", file.to_str().unwrap()];
    world.fill_disk(512);
    let output = world.admin(&seed);
    assert_eq!(output.code, Some(5), "{output:?}");
    assert!(output.stderr.contains("the disk is full") && output.stderr.contains("load the file again"), "{output:?}");
    world.free_disk();
    let loaded = world.admin(&seed);
    assert_eq!(loaded.code, Some(0), "{loaded:?}");
    let loaded = loaded.json()["files"][0]["messages"].clone();
    let fate = |fate: &str| loaded[fate].as_u64().unwrap();
    assert!(fate("unchanged") > 0 && fate("created") > 0, "{loaded}");
    assert_eq!(fate("created") + fate("unchanged"), 400, "{loaded}");
    let kept = Witness::default().check(&world.serve());
    assert_eq!(kept.values().filter(|message| message["msg"].as_str().unwrap().starts_with("loaded ")).count(), 400);
}
