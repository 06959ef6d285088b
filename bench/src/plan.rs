//! How much is measured, and for how long.

use std::path::PathBuf;
use std::time::Duration;

use twclone_domain::{Clock, Randomness};

/// The numbers of connections or callers with which each rate is measured.
pub const CALLERS: [u32; 4] = [1, 8, 64, 256];
/// The number of them with which ratios are computed.
pub const MANY: u32 = 64;
/// The number of them with which memory is measured.
pub const MOST: u32 = 256;

/// The extent of a run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whether this is a short trial run with small stores.
    pub quick: bool,
    /// How often each measure is taken. The median counts.
    pub rounds: u32,
    /// How long a measure takes.
    pub measure: Duration,
    /// The sizes of the stores whose growth is measured, in messages.
    pub sizes: Vec<u64>,
    /// The one of these sizes whose loading speed has a requirement.
    pub load: u64,
    /// The sizes at which home timelines are measured: posts in them, and people.
    pub crowds: Vec<u64>,
    /// How many posts are brought to followers in one measure of the fan-out.
    pub brought: u64,
    /// The folder for the reports. The data of a run is in a temporary folder in it.
    pub output: PathBuf,
    /// The clock.
    pub clock: Clock,
    /// The source of random bytes.
    pub randomness: Randomness,
}

impl Plan {
    /// Returns the full plan: about 35 minutes on 2 cores.
    #[must_use]
    pub fn full(output: PathBuf, clock: Clock, randomness: Randomness) -> Self {
        Self {
            quick: false,
            rounds: 3,
            measure: Duration::from_secs(5),
            sizes: vec![1_000, 10_000, 100_000, 1_000_000],
            load: 100_000,
            crowds: vec![1_000, 10_000, 100_000],
            brought: 192,
            output,
            clock,
            randomness,
        }
    }

    /// Returns the short plan: a minute or two.
    #[must_use]
    pub fn quick(output: PathBuf, clock: Clock, randomness: Randomness) -> Self {
        Self {
            quick: true,
            rounds: 1,
            measure: Duration::from_secs(1),
            sizes: vec![1_000, 20_000],
            load: 20_000,
            crowds: vec![1_000, 10_000],
            brought: 64,
            output,
            clock,
            randomness,
        }
    }
}
