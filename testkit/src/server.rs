use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use crate::{Call, Value};

/// A running server; it is killed when it is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: String,
    agent: ureq::Agent,
    log: Arc<Mutex<String>>,
}

impl Server {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (sender, address) = mpsc::channel();
        let (stderr, lines) = (child.stderr.take().unwrap(), Arc::clone(&log));
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once("listens on http://localhost:") {
                    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
                    let _ = sender.send(format!("http://127.0.0.1:{port}"));
                }
                let mut log = lines.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let Ok(address) = address.recv_timeout(Duration::from_mins(1)) else {
            let _ = child.kill();
            panic!("the server did not start:\n{}", log.lock().unwrap());
        };
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_mins(1)))
            .max_idle_connections_per_host(64)
            .build()
            .new_agent();
        Self { child, address, agent, log }
    }

    /// Where it listens: scheme, host and port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A GET.
    #[must_use]
    pub fn get(&self, path: &str) -> Call {
        self.call("GET", path)
    }

    /// A POST with a JSON body.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Call {
        self.call("POST", path).body("application/json", body.to_string())
    }

    /// Any request.
    #[must_use]
    pub fn call(&self, method: &str, path: &str) -> Call {
        Call::new(self.agent.clone(), method, &format!("{}{path}", self.address))
    }

    /// The value of a metric, such as `twclone_store_calls_total{operation="get"}`.
    #[must_use]
    pub fn metric(&self, name: &str) -> u64 {
        let metrics = self.get("/metrics").send().text;
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no metric {name} in {metrics}")).parse().unwrap()
    }

    /// What it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Its process id.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Kills it at once (SIGKILL).
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells it to stop (SIGTERM), and gives its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let status = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(status.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
