//! Tests of the benchmark: its figures must be right.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on ends")]
#![allow(clippy::float_cmp, reason = "figures that were given are to come back")]

mod fixed_rate;
mod layout;
mod reports;
mod samples;
