//! Programs that were built beside this one, and processes that end with it.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;
use crate::load::wire::Connection;

/// How long a start may take.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// A process that serves on a port; it is killed when it is dropped.
#[derive(Debug)]
pub struct Serving {
    child: Child,
    /// Where it listens.
    pub port: u16,
}

impl Serving {
    /// Starts a program with `--port`, and waits until it takes connections. What it says goes nowhere: it costs
    /// what it costs to say it, but fills no disk.
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

    /// Its process id.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Serving {
    /// Asks it to end, so that it closes its files in order; and kills it where it does not.
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

/// One of the project's programs, on a data folder, with no settings from the environment.
pub fn command(program: &str, data: &Path) -> Result<Command, Failure> {
    let mut command = Command::new(beside(program)?);
    for (name, _) in std::env::vars() {
        if name.starts_with("TWCLONE_") || name.starts_with("DYNAMODB") || name == "PORT" {
            command.env_remove(name);
        }
    }
    // Passwords are hashed while things are made ready, never while they are measured.
    command.env("TWCLONE_DATA_DIR", data).env("TWCLONE_BCRYPT_COST", "4");
    command.current_dir(data.parent().unwrap_or(data));
    Ok(command)
}

/// Where a program is: beside this one, or, seen from a test, one folder above it.
fn beside(program: &str) -> Result<PathBuf, Failure> {
    let own = std::env::current_exe()?;
    let found = own.ancestors().skip(1).take(2).map(|folder| folder.join(program)).find(|path| path.is_file());
    found.ok_or_else(|| format!("{program} is not built; bench/run builds it").into())
}
