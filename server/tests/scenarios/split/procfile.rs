use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use twclone_testkit::{Client, World, json, repository};

/// Foreman with the project's Procfile. Dropping it tells it and all that it started to stop.
struct Foreman(Child);

impl Drop for Foreman {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// Starts it with the programs of this build; `None` if foreman is neither installed nor required.
fn start(world: &World, port: u16) -> Option<Foreman> {
    if Command::new("foreman").arg("version").stdout(Stdio::null()).status().is_err() {
        assert!(std::env::var_os("TWCLONE_TEST_REQUIRE_FOREMAN").is_none(), "there is no foreman");
        eprintln!("passed over: there is no foreman (Debian's ruby-foreman)");
        return None;
    }
    let built = world.command("twclone-server").get_program().to_str().unwrap().to_owned();
    let text = std::fs::read_to_string(repository().join("Procfile")).unwrap();
    let file = world.file("Procfile", &text.replace("target/release/twclone-server", &built));
    let command = world.command("twclone-server");
    let mut foreman = Command::new("foreman");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => foreman.env(name, value),
            None => foreman.env_remove(name),
        };
    }
    let parts = "gateway=1,auth=1,api_users=3,api_timeline=3,app=1";
    foreman.args(["start", "-f", file.to_str().unwrap(), "-p", &port.to_string(), "-m", parts]);
    let mut child = foreman.current_dir(world.folder()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // It writes the output of all programs, and would block if nothing read that.
    let output = child.stdout.take().unwrap();
    std::thread::spawn(move || BufReader::new(output).lines().for_each(drop));
    Some(Foreman(child))
}

#[test]
fn foreman_starts_all_of_it() {
    let world = World::new();
    let seeded = world.admin(&["init", "--seed", repository().join("test-load.json").to_str().unwrap()]);
    assert_eq!(seeded.code, Some(0), "{seeded:?}");
    // Foreman gives its processes ports a hundred apart, from this one on.
    let port = 10_000 + u16::try_from(std::process::id() % 1_500).unwrap();
    let Some(foreman) = start(&world, port) else { return };
    let client = Client::new(format!("http://127.0.0.1:{port}"));
    let wanted = json!({
        "auth": { "instances": 1, "ready": 1 },
        "users": { "instances": 3, "ready": 3 },
        "timeline": { "instances": 3, "ready": 3 },
        "messages": { "instances": 1, "ready": 1 },
    });
    let began = Instant::now();
    while client.get("/readyz").try_send().is_none_or(|ready| ready.status != 200 || ready.json()["services"] != wanted)
    {
        assert!(began.elapsed() < Duration::from_secs(40), "not all of them are ready");
        std::thread::sleep(Duration::from_millis(100));
    }
    let message = json!({ "to": "kobe", "from": "jordan", "msg": "testing" });
    client.post("/sendmsg", &message).mj().send().expect(201);
    drop(foreman);
    assert!(client.get("/healthz").try_send().is_none(), "somebody still runs");
}
