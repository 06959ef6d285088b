//! The log, as who reads it sees it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};

use twclone_testkit::{Client, Value, World};

/// A server whose log the test itself reads; it is killed when this is dropped.
struct Logging {
    child: Child,
    log: BufReader<ChildStderr>,
}

impl Logging {
    fn start(mut command: Command) -> Self {
        let mut child = command.args(["--port", "0"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self { child, log }
    }

    /// The next line that has this part.
    fn line(&mut self, part: &str) -> String {
        let mut line = String::new();
        while !line.contains(part) {
            line.clear();
            assert_ne!(self.log.read_line(&mut line).unwrap(), 0, "the log ends without {part}");
        }
        line
    }

    /// A client of it, once it says where it listens.
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
