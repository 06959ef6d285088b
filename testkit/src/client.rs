use std::time::Duration;

use crate::{Call, Value};

/// An HTTP client for the server at one address.
#[derive(Debug, Clone)]
pub struct Client {
    address: String,
    agent: ureq::Agent,
}

impl Client {
    /// Creates a client for the server at this address: scheme, host and port.
    #[must_use]
    pub fn new(address: String) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_mins(1)))
            .max_idle_connections_per_host(64)
            .build()
            .new_agent();
        Self { address, agent }
    }

    /// Returns the address of the server: scheme, host and port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Prepares a GET request.
    #[must_use]
    pub fn get(&self, path: &str) -> Call {
        self.call("GET", path)
    }

    /// Prepares a POST request with a JSON body.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Call {
        self.call("POST", path).body("application/json", body.to_string())
    }

    /// Prepares a request with any method.
    #[must_use]
    pub fn call(&self, method: &str, path: &str) -> Call {
        Call::new(self.agent.clone(), method, &format!("{}{path}", self.address))
    }

    /// Returns the current text of `/metrics`. The server caches the text for one second, so this waits a little
    /// longer.
    #[must_use]
    pub fn metrics(&self) -> String {
        std::thread::sleep(Duration::from_millis(1_050));
        self.get("/metrics").send().text
    }

    /// Returns the current value of a metric, such as `twclone_bcrypt_total`.
    #[must_use]
    pub fn metric(&self, name: &str) -> u64 {
        metric_in(&self.metrics(), name)
    }
}

/// Returns the value of a metric, such as `twclone_store_calls_total{operation="get"}`, from the text of `/metrics`.
#[must_use]
pub fn metric_in(metrics: &str, name: &str) -> u64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no metric {name} in {metrics}")).parse().unwrap()
}
