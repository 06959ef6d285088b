//! Runs real servers and real commands for the tests, each test on its own fresh stores.
//!
//! The items are in the embedded engine. If `TWCLONE_TEST_DYNAMODB` holds the address of a server with DynamoDB's API,
//! they are on that server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "serves tests alone: to panic is how a test fails"
)]

mod call;
mod client;
mod deletion_fixture;
mod disk;
mod faults;
mod left;
mod link;
mod output;
mod proxy;
mod server;
mod source;
mod split;
mod tools;
mod trace;

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub use call::{Answer, Call};
pub use client::{Client, metric_in};
pub use deletion_fixture::DeletionFixture;
use disk::Disk;
pub use faults::{Fault, Faults, Operation};
use item_store::{DynamoDbTarget, Tables};
pub use link::{Condition, Link};
pub use output::Output;
pub use proxy::{Proxy, Trouble};
pub use serde_json::{Value, json};
pub use server::Server;
pub use source::connect_from;
pub use split::Split;
use tempfile::TempDir;
pub use trace::Trace;
use twclone_domain::accounts::{Limits, SignUps};
use twclone_domain::{Clock, Configuration, Engine, Randomness};

/// The location of the items.
#[derive(Debug, Clone)]
enum Items {
    Embedded,
    Endpoint(String),
}

/// The installation of one test. Its folder is deleted when it is dropped; tables on a server with DynamoDB's API
/// remain.
#[derive(Debug)]
pub struct World {
    // Dropped before the folder in which it is mounted.
    disk: Option<Disk>,
    folder: TempDir,
    items: Items,
    prefix: String,
}

impl World {
    /// Creates fresh stores on the embedded engine, or on the server in `TWCLONE_TEST_DYNAMODB`.
    #[must_use]
    pub fn new() -> Self {
        let endpoint = std::env::var("TWCLONE_TEST_DYNAMODB").ok().filter(|address| !address.is_empty());
        Self::on(endpoint.map_or(Items::Embedded, Items::Endpoint))
    }

    /// Creates fresh stores on the embedded engine, regardless of the environment. For tests of the engine's files.
    #[must_use]
    pub fn embedded() -> Self {
        Self::on(Items::Embedded)
    }

    /// Creates fresh stores on the embedded engine, with the data folder on its own disk of this many kilobytes.
    /// Returns `None` if the machine does not allow the mount.
    #[must_use]
    pub fn on_small_disk(kilobytes: u32) -> Option<Self> {
        let mut world = Self::embedded();
        world.disk = Some(Disk::mount(&world.data(), kilobytes)?);
        Some(world)
    }

    /// Creates fresh stores on the server in `TWCLONE_TEST_DYNAMODB`, reached through a link. Returns `None` if the
    /// variable is not set.
    #[must_use]
    pub fn over(link: impl FnOnce(&str) -> Link) -> Option<(Self, Link)> {
        let Items::Endpoint(server) = Self::new().items else { return None };
        let link = link(server.trim_start_matches("http://").trim_end_matches('/'));
        Some((Self::on(Items::Endpoint(format!("http://{}", link.address()))), link))
    }

    fn on(items: Items) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("test-{}-{count}-", std::process::id());
        Self { disk: None, folder: tempfile::tempdir().unwrap(), items, prefix }
    }

    /// Returns a folder for the test's own files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the data folder of the installation.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// Returns whether the items are in the embedded engine.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        matches!(self.items, Items::Embedded)
    }

    /// Returns the prefix of the installation's table names.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Writes a file into the test's folder, and returns its path.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Returns the configuration with which the programs open these stores, for a test that opens them itself.
    #[must_use]
    pub fn configuration(&self) -> Configuration {
        Configuration {
            data_folder: self.data(),
            engine: match &self.items {
                Items::Embedded => Engine::Embedded,
                Items::Endpoint(address) => Engine::Endpoint(address.clone()),
            },
            table_prefix: self.prefix.clone(),
            bcrypt_cost: 4,
            limits: Limits::default(),
            sign_ups: SignUps::Open,
            fan_out_threshold: 5_000,
            create_tables: true,
        }
    }

    /// Opens the tables of items, for a test that wraps their engine. Each call must finish within the deadline.
    pub async fn tables(&self, deadline: Duration) -> Tables {
        let tables = match &self.items {
            Items::Embedded => {
                DirBuilder::new().recursive(true).mode(0o700).create(self.data()).unwrap();
                Tables::embedded(
                    &self.data().join("items.db"),
                    twclone_schema::layout(&self.prefix),
                    Clock::system().unix_seconds(),
                    deadline,
                )
            }
            Items::Endpoint(address) => {
                let target = DynamoDbTarget::Endpoint(address.clone());
                Tables::dynamodb(target, twclone_schema::layout(&self.prefix), Randomness::system().numbers(), deadline)
                    .await
            }
        };
        tables.unwrap()
    }

    /// Starts a server on these stores. Several can run at the same time.
    #[must_use]
    pub fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    /// Starts a server, and loads the project's seed data.
    #[must_use]
    pub fn serve_seeded(&self) -> Server {
        self.serve_with(&["--seed", repository().join("test-load.json").to_str().unwrap()])
    }

    /// Starts a server with these flags. Without `--port`, it listens on a free port.
    #[must_use]
    pub fn serve_with(&self, flags: &[&str]) -> Server {
        let mut command = self.command("twclone-server");
        if !flags.contains(&"--port") {
            command.args(["--port", "0"]);
        }
        command.args(flags);
        Server::start(command)
    }

    /// Starts a server with the test's own command, which must log where it listens as every server does.
    #[must_use]
    pub fn serve_by(&self, command: Command) -> Server {
        Server::start(command)
    }

    /// Starts a server with a limit of the shell's `ulimit`, such as `-n 256`.
    #[must_use]
    pub fn serve_limited(&self, limit: &str) -> Server {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit {limit}; exec \"$0\" --port 0")]).arg(binary("twclone-server"));
        Server::start(self.prepared(command))
    }

    /// Runs `twclone-admin` with these arguments.
    #[must_use]
    pub fn admin(&self, arguments: &[&str]) -> Output {
        self.admin_with_input(arguments, "")
    }

    /// Runs `twclone-admin` with these arguments and this standard input.
    #[must_use]
    pub fn admin_with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command("twclone-admin");
        command.args(arguments);
        Output::of(command, input)
    }

    /// Returns a command for one of the project's programs. It gets the settings of this installation. Variables
    /// of the test's own environment that configure twclone are removed.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        self.prepared(Command::new(binary(program)))
    }

    fn prepared(&self, mut command: Command) -> Command {
        for (name, _) in std::env::vars() {
            if name.starts_with("TWCLONE_") || name.starts_with("DYNAMODB") || name == "PORT" {
                command.env_remove(name);
            }
        }
        command
            .current_dir(self.folder())
            .env("TWCLONE_DATA_DIR", self.data())
            .env("TWCLONE_TABLE_PREFIX", &self.prefix)
            .env("TWCLONE_BCRYPT_COST", "4");
        if let Items::Endpoint(address) = &self.items {
            command.env("DYNAMODB_ENDPOINT", address);
        }
        command
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the project's root folder.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Returns the path of a program that was built with the running test.
fn binary(program: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().and_then(Path::parent).unwrap().join(program);
    assert!(path.is_file(), "{} is not built; run the tests of the whole workspace", path.display());
    path
}
