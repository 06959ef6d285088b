//! How much is measured, and for how long.

use std::path::PathBuf;
use std::time::Duration;

use twclone_domain::{Clock, Randomness};

/// By how many connections or callers each rate is measured.
pub const CALLERS: [u32; 4] = [1, 8, 64, 256];
/// Where ratios are looked at.
pub const MANY: u32 = 64;
/// Where memory is.
pub const MOST: u32 = 256;

/// What a run does.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whether it is for trying out: short, and with small stores.
    pub quick: bool,
    /// How often each measure is taken; the median counts.
    pub rounds: u32,
    /// How long a measure takes.
    pub measure: Duration,
    /// How many messages there are in the stores whose growth is looked at.
    pub sizes: Vec<u64>,
    /// How many messages are loaded in one go, to time that.
    pub load: u64,
    /// How many posts a home timeline is made of, and how many people there are, where their growth is looked at.
    pub crowds: Vec<u64>,
    /// How many posts are brought in one go, to time that.
    pub brought: u64,
    /// Where everything goes; the data of a run into a folder in it, which goes away.
    pub output: PathBuf,
    /// The time.
    pub clock: Clock,
    /// Where random bytes come from.
    pub randomness: Randomness,
}

impl Plan {
    /// The whole: about half an hour.
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

    /// A minute or two.
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
