//! Stories about the tools that the other stories rely on.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on ends")]

mod link;
