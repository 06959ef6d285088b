use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use twclone_testkit::World;

use crate::kit::{conversations, counts, made_empty};

/// Returns the peak resident memory of a process so far, in KB; `None` once it has ended.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// Loads this many messages, and returns the peak memory, in KB.
fn load(messages: u64) -> u64 {
    let world = made_empty(World::embedded());
    let file = world.file("seed.jsonl", &conversations(messages));
    let mut command: Command = world.command("twclone-admin");
    command.arg("seed").arg(file).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let begin = Instant::now();
    let mut highest = 0;
    let status = loop {
        highest = peak(child.id()).unwrap_or(0).max(highest);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(begin.elapsed() < Duration::from_mins(2), "the load does not end");
        // Short, so that the last reading is just before the end, but long enough not to slow down the load.
        std::thread::park_timeout(Duration::from_millis(5));
    };
    assert!(status.success(), "{status}");
    assert!(counts(&world).1 >= messages);
    highest
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_file() {
    // Even the smaller load fills what the stores keep in memory anyway.
    let (few, many) = (load(20_000), load(40_000));
    assert!(few > 1_000, "{few} KB cannot be all that was used");
    assert!(many <= few + 10 * 1_024, "20,000 messages take {few} KB, 40,000 take {many} KB");
}
