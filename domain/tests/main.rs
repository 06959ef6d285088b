//! Tests of the domain through its public API, in one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a story that cannot go on has failed")]

mod authority;
mod edge;
mod epochs;
mod identity;
mod refresh;
mod registry;
mod schema;
mod timelines;
mod times;
