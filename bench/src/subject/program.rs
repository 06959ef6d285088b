//! Programs that were built next to this one, and processes that end when they are dropped.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;
use crate::load::wire::Connection;

/// How long a start or an end may take.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// A process that listens on a port. It is stopped when it is dropped.
#[derive(Debug)]
pub struct Serving {
    child: Child,
    /// The port.
    pub port: u16,
}

impl Serving {
    /// Starts a program with `--port`, and waits until it accepts connections. Its output is discarded: writing it
    /// has its usual cost, but fills no disk.
    pub fn start(mut command: Command) -> Result<Self, Failure> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        command.args(["--port", &port.to_string()]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut serving = Self { child: command.spawn()?, port };
        let begin = Instant::now();
        while Connection::open(port).is_err() {
            if serving.child.try_wait()?.is_some() || begin.elapsed() > START_TIMEOUT {
                return Err(format!("it does not start; try it by hand: {command:?}").into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(serving)
    }

    /// Returns the process id.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Serving {
    /// Sends SIGTERM, so that the process closes its files in order. Kills it if it does not end in time.
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let begin = Instant::now();
        while begin.elapsed() < START_TIMEOUT && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns a command for one of the project's programs on a data folder, without settings from the environment.
pub fn command(program: &str, data: &Path) -> Result<Command, Failure> {
    let mut command = Command::new(beside(program)?);
    for (name, _) in std::env::vars() {
        if name.starts_with("TWCLONE_") || name.starts_with("DYNAMODB") || name == "PORT" {
            command.env_remove(name);
        }
    }
    // The lowest bcrypt cost, to prepare data quickly. Scenarios that measure hashing use another.
    command.env("TWCLONE_DATA_DIR", data).env("TWCLONE_BCRYPT_COST", "4");
    command.current_dir(data.parent().unwrap_or(data));
    Ok(command)
}

/// Returns the path of a program: next to this one or, for a test, one folder above.
fn beside(program: &str) -> Result<PathBuf, Failure> {
    let own = std::env::current_exe()?;
    let found = own.ancestors().skip(1).take(2).map(|folder| folder.join(program)).find(|path| path.is_file());
    found.ok_or_else(|| format!("{program} is not built; bench/run builds it").into())
}
