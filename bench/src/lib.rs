//! Measures twclone and what it builds on in one run: the server over HTTP, the engine in process, SQLite by itself,
//! and a plain Rocket route.
//!
//! Absolute figures depend on the machine. Most requirements are therefore ratios within one run (`bench/README.md`).

#![allow(clippy::cast_precision_loss, reason = "figures are far below 2^52, and only looked at")]
#![allow(clippy::print_stdout, reason = "tables are what it is for")]

pub mod attack;
pub mod crowd;
pub mod load;
pub mod machine;
pub mod people;
pub mod plan;
pub mod report;
pub mod require;
pub mod sample;
pub mod scenario;
pub mod subject;

/// An error. It is reported, and ends the run.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
