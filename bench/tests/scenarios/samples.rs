//! Percentiles and medians.

use std::time::Duration;

use twclone_bench::sample::{Sample, median};

#[test]
fn percentiles_are_those_of_calls_that_were_made() {
    let sample = Sample::of((1..=1_000).rev().collect(), 3, Duration::from_secs(2));
    let shares = [sample.p50, sample.p90, sample.p99, sample.p999, sample.max];
    assert_eq!(shares, [500.0, 900.0, 990.0, 999.0, 1_000.0]);
    assert_eq!((sample.rate, sample.failed), (500.0, 3));
    let one = Sample::of(vec![7], 0, Duration::from_secs(1));
    assert_eq!([one.p50, one.p99, one.max], [7.0; 3]);
    assert_eq!(Sample::of(Vec::new(), 0, Duration::from_secs(1)).max, 0.0);
}

#[test]
fn one_round_among_three_that_went_wrong_does_not_count_but_its_failures_do() {
    let round = |rate, max, failed| Sample { rate, max, failed, cpu: Some(rate / 10.0), ..Sample::default() };
    let all = median(&[round(100.0, 5.0, 0), round(7.0, 900.0, 2), round(110.0, 6.0, 0)]);
    assert_eq!((all.rate, all.max, all.failed, all.cpu), (100.0, 900.0, 2, Some(10.0)));
    assert_eq!(median(&[round(100.0, 1.0, 0), round(110.0, 1.0, 0)]).rate, 105.0);
}
