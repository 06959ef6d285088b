//! Tests of the benchmark: what it says must be what is.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on ends")]
#![allow(clippy::float_cmp, reason = "figures that were given are to come back")]

mod fixed_rate;
mod layout;
mod reports;
mod samples;
