//! What is measured: samples of one figure, and their median.

use std::time::Duration;

use serde::Serialize;

/// What one measure of a few seconds gave. Times are in microseconds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Sample {
    /// Requests or calls a second, without those that failed.
    pub rate: f64,
    /// What half of them took at most.
    pub p50: f64,
    /// What 90 of 100 took at most.
    pub p90: f64,
    /// What 99 of 100 took at most.
    pub p99: f64,
    /// What 999 of 1,000 took at most.
    pub p999: f64,
    /// What the slowest took.
    pub max: f64,
    /// Time on a processor that the server spent on each; where there is a server.
    pub cpu: Option<f64>,
    /// How many failed or were refused.
    pub failed: u64,
}

impl Sample {
    /// Of the microseconds that each call took, all of which were made within a time.
    #[must_use]
    pub fn of(mut micros: Vec<u32>, failed: u64, within: Duration) -> Self {
        micros.sort_unstable();
        let at = |thousandths| f64::from(micros.get(place(micros.len(), thousandths)).copied().unwrap_or_default());
        Self {
            rate: micros.len() as f64 / within.as_secs_f64(),
            p50: at(500),
            p90: at(900),
            p99: at(990),
            p999: at(999),
            max: at(1_000),
            cpu: None,
            failed,
        }
    }
}

/// Which of so many, in order, is the one that so many thousandths of them do not go beyond.
fn place(count: usize, thousandths: usize) -> usize {
    (count * thousandths).div_ceil(1_000).saturating_sub(1)
}

/// Microseconds, as they are kept: an hour at most.
#[must_use]
pub fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}

/// The median of all samples; failures are added up, and the slowest is the slowest of all.
#[must_use]
pub fn median(samples: &[Sample]) -> Sample {
    let of = |part: fn(&Sample) -> f64| middle(samples.iter().map(part).collect()).unwrap_or_default();
    Sample {
        rate: of(|sample| sample.rate),
        p50: of(|sample| sample.p50),
        p90: of(|sample| sample.p90),
        p99: of(|sample| sample.p99),
        p999: of(|sample| sample.p999),
        max: samples.iter().map(|sample| sample.max).fold(0.0, f64::max),
        cpu: middle(samples.iter().filter_map(|sample| sample.cpu).collect()),
        failed: samples.iter().map(|sample| sample.failed).sum(),
    }
}

/// The one in the middle, or half-way between the two that are.
pub(crate) fn middle(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let upper = *numbers.get(numbers.len() / 2)?;
    let lower = *numbers.get(numbers.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(lower, upper))
}
