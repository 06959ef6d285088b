use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use twclone_testkit::{Server, Value, World, json, repository};

use super::dice::Dice;
use super::witness::Witness;

const WRITERS: usize = 16;
/// The number of messages that the seed file has besides the project's.
const LOADED: usize = 200;

#[test]
fn what_is_acknowledged_outlives_kills_at_random_moments() {
    let rounds = std::env::var("TWCLONE_TEST_ROUNDS").map_or(10, |rounds| rounds.parse().unwrap());
    let mut dice = Dice::new();
    let world = World::new();
    let seed = seed(&world);
    let witness = Witness::default();
    let (mut begun, mut starts) = (0, 0);
    for round in 0..rounds {
        // The delays do not wait for a condition, they are random moments for the kill. With a remote store, requests
        // that a killed loader has sent are executed after its end, concurrently with the next loader's, which then
        // asks to be run again.
        if dice.below(3) == 0 && world.is_embedded() {
            kill_the_start(&world, &seed, Duration::from_millis(dice.below(200)));
            starts += 1;
        }
        let server = world.serve_with(&["--seed", seed.to_str().unwrap()]);
        kill_the_work(server, &witness, round, Duration::from_millis(dice.below(200)));
        begun += 1;
    }
    let server = world.serve_with(&["--seed", seed.to_str().unwrap()]);
    let kept = witness.check(&server);
    let loaded = kept.values().filter(|message| message["msg"].as_str().unwrap().starts_with("loaded ")).count();
    assert_eq!(loaded, LOADED);
    let (acknowledged, marked) = (witness.acknowledged(), witness.marked());
    assert!(acknowledged >= rounds, "only {acknowledged} were acknowledged");
    eprintln!(
        "rounds {begun}, killed while starting {starts}, acknowledged {acknowledged}, of which marked as read {marked}, \
         lost 0"
    );
}

/// Writes the project's seed data and more messages, so that loading takes a while.
fn seed(world: &World) -> std::path::PathBuf {
    let mut seed: Value =
        serde_json::from_str(&std::fs::read_to_string(repository().join("test-load.json")).unwrap()).unwrap();
    let more = (0..LOADED).map(|count| {
        json!({"id": 1_000 + count, "from": "jordan", "to": "kobe", "msg": format!("loaded {count}"),
               "sent-at": "2026-02-02T17:02:11Z"})
    });
    seed["messages"].as_array_mut().unwrap().extend(more);
    world.file("seed.json", &seed.to_string())
}

/// Kills a server while it opens its stores, loads the seed file, or has just begun to serve.
fn kill_the_start(world: &World, seed: &Path, moment: Duration) {
    let mut command = world.command("twclone-server");
    command.args(["--port", "0", "--seed"]).arg(seed).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    std::thread::park_timeout(moment);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Kills a server while many clients write to it and one marks messages as read.
fn kill_the_work(server: Server, witness: &Witness, round: usize, moment: Duration) {
    let before = witness.acknowledged();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let server = &server;
            scope.spawn(move || witness.write(server, &format!("{round}-{writer}")));
        }
        scope.spawn(|| witness.mark(&server));
        let begin = Instant::now();
        while witness.acknowledged() == before && begin.elapsed() < Duration::from_secs(30) {
            std::thread::park_timeout(Duration::from_millis(1));
        }
        std::thread::park_timeout(moment);
        assert!(Command::new("kill").args(["-9", &server.process().to_string()]).status().unwrap().success());
    });
    server.kill();
}
