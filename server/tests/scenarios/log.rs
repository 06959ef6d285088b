//! The log, as its reader sees it.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use twclone_testkit::{Client, Value, World, json, repository};

/// A server whose log the test reads itself. Dropping it kills the server.
struct Logging {
    child: Child,
    log: BufReader<Box<dyn Read + Send>>,
}

impl Logging {
    fn start(mut command: Command) -> Self {
        let mut child = command.args(["--port", "0"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(Box::new(child.stderr.take().unwrap()) as Box<dyn Read + Send>);
        Self { child, log }
    }

    /// Returns the next line that contains this text.
    fn line(&mut self, part: &str) -> String {
        let mut line = String::new();
        while !line.contains(part) {
            line.clear();
            assert_ne!(self.log.read_line(&mut line).unwrap(), 0, "the log ends without {part}");
        }
        line
    }

    /// Returns a client of the server, once the log says where it listens.
    fn client(&mut self) -> Client {
        let line = self.line("listens on");
        let (_, rest) = line.split_once("://localhost:").unwrap();
        let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Client::new(format!("http://127.0.0.1:{port}"))
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_address_of_ipv6_stands_in_brackets() {
    let world = World::new();
    for (address, place) in [("::", "http://[::]:"), ("0.0.0.0", "http://0.0.0.0:"), ("::1", "http://localhost:")] {
        let mut command = world.command("twclone-server");
        command.args(["--address", address]);
        let line = Logging::start(command).line("listens on");
        let (_, rest) = line.split_once(place).unwrap_or_else(|| panic!("{place} is not in {line}"));
        assert!(rest.starts_with(|first: char| first.is_ascii_digit()), "{line}");
    }
}

#[test]
fn numbers_are_numbers_and_ids_are_text() {
    let world = World::new();
    let mut command = world.command("twclone-server");
    command.args(["--log-format", "json"]);
    let mut server = Logging::start(command);
    let answer = server.client().get("/users/all").send();
    let line = server.line("/users/all");
    let fields = line.parse::<Value>().unwrap()["fields"].take();
    assert!(fields["micros"].as_u64().is_some_and(|micros| micros > 0), "{line}");
    assert_eq!((fields["status"].as_u64(), fields["request_id"].as_str()), (Some(200), answer.header("x-request-id")));
}

fn lost(client: &Client) -> u64 {
    let text = client.metrics();
    let line = text.lines().find(|line| line.starts_with("twclone_log_lines_lost_total ")).unwrap();
    line.rsplit_once(' ').unwrap().1.parse().unwrap()
}

#[test]
fn requests_are_answered_when_nobody_reads_the_log_any_more() {
    let world = World::new();
    for format in ["text", "json"] {
        let mut command = world.command("twclone-server");
        command.args(["--log-format", format, "--seed", repository().join("test-load.json").to_str().unwrap()]);
        let mut server = Logging::start(command);
        let client = server.client();
        assert_eq!(lost(&client), 0);
        let Logging { child, log } = &mut server;
        // The reading end is closed: from now on a write fails with EPIPE.
        drop(std::mem::replace(log, BufReader::new(Box::new(std::io::empty()))));
        let message = json!({"to": "kobe", "msg": "heard"});
        for _ in 0..3 {
            client.post("/sendmsg", &message).mj().send().expect(201);
        }
        assert_eq!(client.get("/readyz").send().status, 200);
        let counted = lost(&client);
        assert!(counted >= 3, "{counted}");
        let kill = Command::new("kill").arg(child.id().to_string()).status().unwrap();
        assert!(kill.success());
        assert_eq!(child.wait().unwrap().code(), Some(0), "to stop is not hindered either");
    }
}

#[test]
fn requests_are_answered_while_the_log_is_not_read() {
    let world = World::new();
    let mut command = world.command("twclone-server");
    command.args(["--log", "debug"]);
    let mut server = Logging::start(command);
    let client = server.client();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1_500 {
                    let began = Instant::now();
                    client.get("/healthz").send().expect(200);
                    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
                }
            });
        }
    });
    assert!(lost(&client) > 0);
    // When reading continues, the buffered lines and the current ones arrive.
    let answer = std::thread::scope(|scope| {
        let reading = scope.spawn(|| server.line("/users/all"));
        let end = Instant::now() + Duration::from_secs(10);
        while !reading.is_finished() && Instant::now() < end {
            client.get("/users/all").send().expect(200);
            std::thread::sleep(Duration::from_millis(50));
        }
        reading.join().unwrap()
    });
    assert!(answer.contains("status=200"), "{answer}");
}

#[test]
fn a_process_whose_log_is_not_read_stops() {
    let world = World::new();
    let mut command = world.command("twclone-server");
    command.args(["--log", "debug"]);
    let mut server = Logging::start(command);
    let client = server.client();
    for _ in 0..2_000 {
        client.get("/healthz").send().expect(200);
    }
    let began = Instant::now();
    assert!(Command::new("kill").arg(server.child.id().to_string()).status().unwrap().success());
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[test]
fn a_start_that_fails_has_its_exit_code_though_nobody_reads_why() {
    let world = World::new();
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = world.command("twclone-server");
    command.args(["--bcrypt-cost", "3"]).stdout(full()).stderr(full());
    assert_eq!(command.status().unwrap().code(), Some(1));
}

#[test]
fn a_log_on_a_full_disk_hinders_nobody() {
    let world = World::new();
    // The log cannot tell the port, so the server gets one that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = world.command("twclone-server");
    command.args(["--port", &port.to_string()]).stdout(Stdio::null()).stderr(full);
    let server = Logging { child: command.spawn().unwrap(), log: BufReader::new(Box::new(std::io::empty())) };
    let client = Client::new(format!("http://127.0.0.1:{port}"));
    let end = Instant::now() + Duration::from_mins(1);
    while client.get("/healthz").try_send().is_none() {
        assert!(Instant::now() < end, "it does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    client.get("/users/all").send().expect(200);
    assert!(lost(&client) > 0);
    drop(server);
}
