//! The machine, and the resources that processes use.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Failure;
use crate::subject::raw;

/// Returns the machine and the versions of a run.
#[must_use]
pub fn describe() -> Value {
    let says = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        Some(text.lines().next()?.trim().to_owned())
    };
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    json!({
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "processor": processor.map(|(_, name)| name),
        "kernel": says("uname", &["-r"]),
        "rustc": says("rustc", &["--version"]),
        "commit": says("git", &["describe", "--always", "--dirty", "--exclude", "*"]),
        "wrk": says("wrk", &["-v"]),
        "sqlite": raw::version(),
        "build": if cfg!(debug_assertions) { "debug" } else { "release" },
    })
}

/// Flushes what the system has not yet written to disk, so that the writes of one measure do not slow the next.
pub fn settle() {
    // Without `sync`, the machine is not quite at rest during the next measure.
    let _ = Command::new("sync").status();
}

/// Returns the processor time that a process has used so far.
pub fn processor_time(process: u32) -> Result<Duration, Failure> {
    // Linux reports hundredths of a second, whatever the kernel's own tick is.
    const TICK: Duration = Duration::from_millis(10);
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The fields follow the process name, which is in parentheses and may contain anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: Vec<u32> = fields.split_whitespace().skip(11).take(2).flat_map(str::parse).collect();
    Ok(TICK * ticks.iter().sum::<u32>())
}

/// Returns the resident memory of a process in bytes: now, and at most so far.
pub fn memory(process: u32) -> Result<(u64, u64), Failure> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let of = |name: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
    };
    of("VmRSS").zip(of("VmHWM")).ok_or_else(|| format!("process {process} has ended").into())
}

/// Returns the size of all files in a folder, in bytes.
pub fn disk(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() { disk(&entry.path())? } else { about.len() };
    }
    Ok(bytes)
}
