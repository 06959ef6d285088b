//! Runs the real program on a machine whose clock is set, with Debian's libfaketime.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use twclone_testkit::{Server, World, json};

use crate::people::UNLIMITED;

/// Returns the library; `None`, with a notice, if it is neither installed nor required.
fn library() -> Option<PathBuf> {
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
    let libraries = folders.map(|folder| Path::new(folder).join("faketime/libfaketimeMT.so.1"));
    let found = libraries.into_iter().find(|library| library.is_file());
    if found.is_none() {
        assert!(std::env::var_os("TWCLONE_TEST_REQUIRE_FAKETIME").is_none(), "there is no libfaketime");
        eprintln!("passed over: there is no libfaketime (Debian's faketime)");
    }
    found
}

/// A machine whose clock is set by writing its offset to a file.
struct Machine {
    world: World,
    library: PathBuf,
}

impl Machine {
    fn new() -> Option<Self> {
        Some(Self { library: library()?, world: World::embedded() })
    }

    fn set(&self, ahead: &str) {
        // Replaces the file atomically, because the programs read it all the time.
        let fresh = self.world.file("clock.new", ahead);
        std::fs::rename(fresh, self.world.folder().join("clock")).unwrap();
    }

    /// Starts a server on this machine. As on a real one, only the time of day is set; the monotonic clock is
    /// unaffected.
    fn serve(&self) -> Server {
        let mut command = self.command();
        command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        self.world.serve_by(command)
    }

    /// Starts a server whose monotonic clock is set, too: time passes.
    fn serve_through_time(&self) -> Server {
        self.world.serve_by(self.command())
    }

    fn command(&self) -> Command {
        let mut command = self.world.command("twclone-server");
        command.args(["--port", "0"]).args(UNLIMITED);
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", self.world.folder().join("clock"))
            .env("FAKETIME_NO_CACHE", "1");
        command
    }
}

/// Sends a message, logs in, lists, posts. Returns the ids of the message and the post.
fn everything_works(server: &Server) -> [u64; 2] {
    let sent = server.post("/sendmsg", &json!({"to": "kobe", "msg": "on"})).mj().send().expect(201);
    server.post("/login", &json!({"username": "chris", "password": "password2"})).send().expect(200);
    assert_eq!(server.get("/listmsg/mj?box=sent&limit=1").mj().send().expect(200)["messages"][0]["id"], sent["id"]);
    let posted = server.post("/postTweet", &json!({"tweet": "on"})).mj().send().expect(201);
    server.get("/readyz").send().expect(200);
    [sent, posted].map(|made| made["id"].as_str().unwrap().parse().unwrap())
}

fn seed(machine: &Machine) {
    let file = twclone_testkit::repository().join("test-load.json");
    assert_eq!(machine.world.admin(&["init", "--seed", file.to_str().unwrap()]).code, Some(0));
}

#[test]
fn service_goes_on_when_the_machines_clock_is_set_back_an_hour() {
    let Some(machine) = Machine::new() else { return };
    machine.set("+1h");
    seed(&machine);
    let server = machine.serve();
    let mut last = 0;
    let mut rises = |ids: [u64; 2], when: &str| {
        for id in ids {
            assert!(id > last, "{id} after {last}, {when}");
            last = id;
        }
    };
    rises(everything_works(&server), "an hour ahead");
    let hour = || {
        let sent = server.post("/sendmsg", &json!({"to": "kobe", "msg": "when?"})).mj().send().expect(201);
        sent["sent-at"].as_str().unwrap()[11..13].to_owned()
    };
    let before = hour();
    machine.set("+0");
    assert_ne!(hour(), before, "the clock was not set");
    for _ in 0..5 {
        rises(everything_works(&server), "after it was set back");
    }
    machine.set("-1h");
    rises(everything_works(&server), "after it was set back twice");
    machine.set("+0");
    assert_eq!(server.stop(), Some(0));
    let server = machine.serve();
    rises(everything_works(&server), "after a restart");
    server.kill();
    let server = machine.serve();
    rises(everything_works(&server), "after a crash");
}

#[test]
fn leases_of_a_clock_that_was_a_year_ahead_hold_nothing_up() {
    let Some(machine) = Machine::new() else { return };
    machine.set("+0");
    seed(&machine);
    let server = machine.serve();
    let follow = json!({"usernameToFollow": "mj"}).to_string();
    let follow = server.call("PUT", "/follow").body("application/json", follow).basic("steve", "password2").send();
    assert!([200, 201, 409].contains(&follow.status), "{follow:?}");
    assert_eq!(server.stop(), Some(0));
    machine.set("+365d");
    for _ in 0..4 {
        let server = machine.serve();
        server.post("/postTweet", &json!({"tweet": "from the future"})).mj().send().expect(201);
        server.kill();
    }
    machine.set("+0");
    let server = machine.serve();
    let posted = server.post("/postTweet", &json!({"tweet": "after"})).mj().send().expect(201);
    let begin = Instant::now();
    loop {
        let lag = machine.world.admin(&["--json", "timelines", "lag"]).json();
        if lag["waiting"] == 0 {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "{lag}");
        std::thread::sleep(Duration::from_millis(200));
    }
    let home = server.get("/homeTimeline?limit=1").basic("steve", "password2").send().expect(200);
    assert!(home.to_string().contains(posted["id"].as_str().unwrap()), "{home}");
    everything_works(&server);
    assert_eq!(server.stop(), Some(0));
    let doctor = machine.world.admin(&["--json", "doctor"]);
    assert_eq!(doctor.json()["healthy"], json!(true), "{doctor:?}");
}

/// Both stores get a new epoch every hour. So an older copy of one is recognised, even if no account changed.
#[test]
fn an_older_copy_of_the_items_is_refused_after_an_hour_without_changes() {
    let Some(machine) = Machine::new() else { return };
    machine.set("+0");
    seed(&machine);
    let world = &machine.world;
    for (passed, is_refused) in [("+1m", false), ("+1h", true)] {
        machine.set("+0");
        let server = machine.serve_through_time();
        let made = world.admin(&["--json", "backup", world.folder().join("backups").to_str().unwrap()]).json();
        machine.set(passed);
        // Within this time, the server looks for an hour that has passed.
        std::thread::sleep(Duration::from_secs(6));
        server.kill();
        for log in ["items.db-wal", "items.db-shm"] {
            let _ = std::fs::remove_file(world.data().join(log));
        }
        std::fs::copy(Path::new(made["backup"].as_str().unwrap()).join("items.db"), world.data().join("items.db"))
            .unwrap();
        let doctor = world.admin(&["doctor"]);
        assert_eq!(doctor.stdout.contains("are older than identity.db"), is_refused, "{passed}: {doctor:?}");
    }
}
