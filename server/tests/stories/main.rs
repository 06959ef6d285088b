//! Stories through the front door: HTTP requests to a real server on real stores.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on ends")]

mod authentication;
mod bad_input;
mod cost;
mod documentation;
mod durability;
mod faults;
mod idempotency;
mod layout;
mod listing;
mod marks;
mod quick_replies;
mod races;
mod reference;
mod sending;
mod start;
