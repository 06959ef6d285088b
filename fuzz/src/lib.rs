//! What several targets need.

use std::future::Future;

use tempfile::TempDir;
use tokio::runtime::Runtime;
use twclone_domain::accounts::{Limits, SignUps};
use twclone_domain::{Clock, Configuration, Engine, Installation, Randomness};

/// An installation of its own, in which there is nothing.
pub struct World {
    /// Where it is; deleted with it.
    pub folder: TempDir,
    /// It.
    pub installation: Installation,
    runtime: Runtime,
}

impl World {
    /// Makes one.
    #[must_use]
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
        let configuration = Configuration {
            data_folder: folder.path().join("data"),
            engine: Engine::Embedded,
            table_prefix: String::new(),
            bcrypt_cost: 4,
            limits: Limits::default(),
            sign_ups: SignUps::Open,
            fan_out_threshold: 5_000,
            create_tables: true,
        };
        let opening = Installation::open(configuration, Clock::system(), Randomness::system());
        let installation = runtime.block_on(opening).expect("an installation");
        Self { folder, installation, runtime }
    }

    /// Waits for what is to be done.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}
