//! Samples of one figure, and their median.

use std::time::Duration;

use serde::Serialize;

/// The result of one measure of a few seconds. Times are in microseconds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Sample {
    /// Requests or calls per second, without failed ones.
    pub rate: f64,
    /// The median latency.
    pub p50: f64,
    /// The 90th percentile.
    pub p90: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The 99.9th percentile.
    pub p999: f64,
    /// The longest latency.
    pub max: f64,
    /// The server's processor time per response, if it was measured.
    pub cpu: Option<f64>,
    /// How many requests or calls failed or were refused.
    pub failed: u64,
}

impl Sample {
    /// Computes a sample from the latencies of calls in microseconds, all made within this time.
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

/// Returns the index of a percentile, in thousandths, among `count` sorted values.
fn place(count: usize, thousandths: usize) -> usize {
    (count * thousandths).div_ceil(1_000).saturating_sub(1)
}

/// Returns a time in microseconds. Saturates at 2^32 - 1, which is more than an hour.
#[must_use]
pub fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}

/// Returns the medians over all samples. Failures are added up, and `max` is the longest of all.
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

/// Returns the median: the number in the middle, or the mean of the two in the middle.
pub(crate) fn middle(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let upper = *numbers.get(numbers.len() / 2)?;
    let lower = *numbers.get(numbers.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(lower, upper))
}
