//! httpie, as a user types it into bash.

use std::collections::HashMap;
use std::process::Command;

use twclone_testkit::{Client, Value};

/// Calls to a server.
pub(super) struct Session<'a> {
    server: &'a Client,
    kept: HashMap<&'static str, String>,
}

/// Prints the status and the headers, too, and does not read standard input.
const PRELUDE: &str = r#"http() { command http --ignore-stdin --print=hb --pretty=none --timeout=60 "$@"; }"#;

/// Returns whether httpie is installed. Without it these tests are skipped, unless `TWCLONE_TEST_REQUIRE_HTTPIE` is
/// set.
pub(super) fn is_there() -> bool {
    let is_there = Command::new("http").arg("--version").output().is_ok_and(|output| output.status.success());
    let required = std::env::var_os("TWCLONE_TEST_REQUIRE_HTTPIE").is_some();
    assert!(is_there || !required, "httpie is missing");
    if !is_there {
        eprintln!("passed over: there is no httpie (pip install httpie)");
    }
    is_there
}

impl<'a> Session<'a> {
    pub(super) fn new(server: &'a Client) -> Self {
        Self { server, kept: HashMap::new() }
    }

    /// Runs a command, with this server's address in place of the document's. Returns the status and the body.
    pub(super) fn call(&self, command: &str) -> (u16, Value) {
        let mut command = command.to_owned();
        for host in ["localhost:5000", "localhost:80"] {
            command = command.replace(&format!("{host}/"), &format!("{}/", self.server.address()));
        }
        for (name, value) in &self.kept {
            command = command.replace(&format!("{{{name}}}"), value);
        }
        let output = Command::new("bash").args(["-c", &format!("{PRELUDE}; {command}")]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n");
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("{command}: {text}{}", String::from_utf8_lossy(&output.stderr)));
        let body = text.split_once("\n\n").map_or("", |(_, body)| body.trim());
        let body = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
        (status, body)
    }

    pub(super) fn keep(&mut self, name: &'static str, value: String) {
        self.kept.insert(name, value);
    }
}
