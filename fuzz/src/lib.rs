//! What several fuzz targets need.

use std::future::Future;

use tempfile::TempDir;
use tokio::runtime::Runtime;
use twclone_domain::accounts::{Limits, SignUps};
use twclone_domain::{Clock, Configuration, Engine, Installation, Randomness};

/// An empty installation in a temporary folder.
pub struct World {
    /// The temporary folder, deleted on drop.
    pub folder: TempDir,
    /// The installation.
    pub installation: Installation,
    runtime: Runtime,
}

impl World {
    /// Creates an empty installation.
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

    /// Runs a future to its end.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}
