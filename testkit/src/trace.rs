use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::tools::missing;
use crate::{Server, World, binary};

/// An strace process attached to a running server. It records the server's system calls, or makes them fail.
#[derive(Debug)]
pub struct Trace {
    child: Child,
    file: PathBuf,
}

impl World {
    /// Attaches strace with these arguments to all threads of a server. Returns `None` if the machine has no strace or
    /// does not allow it to attach.
    #[must_use]
    pub fn trace(&self, server: &Server, arguments: &[&str]) -> Option<Trace> {
        let file = self.folder().join("trace");
        let mut command = Command::new("strace");
        command.arg("-f").args(arguments).arg("-o").arg(&file).args(["-p", &server.process().to_string()]);
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let Ok(mut child) = spawned else {
            missing("strace");
            return None;
        };
        let (attached, looks) = mpsc::channel();
        let stderr = child.stderr.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let _ = attached.send(line);
            }
        });
        // strace reports on standard error when it is attached to all threads.
        let said = looks.recv_timeout(Duration::from_mins(1)).unwrap_or_default();
        let trace = Trace { child, file };
        if said.contains("attached") {
            return Some(trace);
        }
        missing(&format!("the right to look at a process ({said:?})"));
        None
    }

    /// Returns a command that starts one of the project's programs under strace with these arguments. Returns `None`
    /// if the machine has no strace.
    #[must_use]
    pub fn command_traced(&self, arguments: &[&str], program: &str) -> Option<Command> {
        if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
            missing("strace");
            return None;
        }
        let mut command = Command::new("strace");
        command.args(["-f", "-o", "/dev/null"]).args(arguments).arg(binary(program));
        Some(self.prepared(command))
    }
}

impl Trace {
    /// Detaches from the server, and returns the record: one line for each system call, or two if it was interrupted
    /// by another thread's.
    #[must_use]
    pub fn end(mut self) -> Vec<String> {
        self.detach();
        std::fs::read_to_string(&self.file).unwrap().lines().map(str::to_owned).collect()
    }

    fn detach(&mut self) {
        if self.child.try_wait().unwrap().is_some() {
            return;
        }
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        self.detach();
    }
}
