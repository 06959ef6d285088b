//! Load as fast as responses come back, over a number of connections, by `wrk`. It takes little of the machine that
//! it shares with the server.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;

use crate::load::wire::READ_TIMEOUT;
use crate::sample::Sample;
use crate::subject::program::Serving;
use crate::{Failure, machine};

/// Generates load with `wrk`. Its files are in a folder.
#[derive(Debug, Clone)]
pub struct Wrk {
    folder: PathBuf,
}

/// The output of the script.
#[derive(Debug, Deserialize)]
struct Told {
    answers: u64,
    micros: u64,
    refused: u64,
    broken: u64,
    p50: f64,
    p90: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

impl Wrk {
    /// Writes the script to an existing folder.
    pub fn new(folder: &Path) -> Result<Self, Failure> {
        std::fs::write(folder.join("wrk.lua"), include_str!("wrk.lua"))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Stores requests under a name.
    pub fn keep(&self, name: &str, requests: &[Vec<u8>]) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        for request in requests {
            bytes.extend_from_slice(format!("{}\n", request.len()).as_bytes());
            bytes.extend_from_slice(request);
        }
        Ok(std::fs::write(self.file(name), bytes)?)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.requests"))
    }

    /// Sends the requests with this name to a process, in turn, for the given time.
    pub fn run(&self, target: &Serving, connections: u32, time: Duration, name: &str) -> Result<Sample, Failure> {
        let before = machine::processor_time(target.process())?;
        let output = Command::new("wrk")
            .args(["--threads", "1", "--connections", &connections.to_string()])
            .args(["--duration", &format!("{}s", time.as_secs().max(1))])
            .args(["--timeout", &format!("{}s", READ_TIMEOUT.as_secs())])
            .arg("--script")
            .arg(self.folder.join("wrk.lua"))
            .arg(format!("http://127.0.0.1:{}", target.port))
            .arg("--")
            .arg(self.file(name))
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("wrk does not start ({error}); bench/run installs it"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let told = text.lines().rfind(|line| line.starts_with('{'));
        let failure = || format!("wrk failed: {text}{}", String::from_utf8_lossy(&output.stderr));
        let told: Told = serde_json::from_str(told.ok_or_else(failure)?)?;
        let spent = machine::processor_time(target.process())?.saturating_sub(before);
        let done = told.answers.saturating_sub(told.refused);
        Ok(Sample {
            rate: done as f64 * 1e6 / told.micros as f64,
            p50: told.p50,
            p90: told.p90,
            p99: told.p99,
            p999: told.p999,
            max: told.max,
            cpu: (told.answers > 0).then(|| spent.as_secs_f64() * 1e6 / told.answers as f64),
            failed: told.refused + told.broken,
        })
    }
}
