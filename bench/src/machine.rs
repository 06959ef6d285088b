//! What runs here, and what processes use of it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Failure;
use crate::subject::raw;

/// The machine and the versions of a run.
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

/// Has the system write what it still holds back: what one measure wrote must not slow the next.
pub fn settle() {
    // Where there is no such program, the figures are those of a machine that is not quite at rest.
    let _ = Command::new("sync").status();
}

/// Time on the processors that a process has used so far.
pub fn processor_time(process: u32) -> Result<Duration, Failure> {
    // Linux counts in hundredths of a second for everyone, whatever the kernel's own tick is.
    const TICK: Duration = Duration::from_millis(10);
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Behind the name, which stands in parentheses and may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: Vec<u32> = fields.split_whitespace().skip(11).take(2).flat_map(str::parse).collect();
    Ok(TICK * ticks.iter().sum::<u32>())
}

/// How many bytes of a process are in memory: now, and at most so far.
pub fn memory(process: u32) -> Result<(u64, u64), Failure> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let of = |name: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
    };
    of("VmRSS").zip(of("VmHWM")).ok_or_else(|| format!("process {process} has ended").into())
}

/// How many bytes the files in a folder take.
pub fn disk(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() { disk(&entry.path())? } else { about.len() };
    }
    Ok(bytes)
}
