//! Scenarios over HTTP: requests to a real server on real stores.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on ends")]

mod app_passwords;
mod authentication;
mod bad_input;
mod blocks;
mod bodies;
mod canary;
mod compatibility;
mod cookies;
mod cost;
mod delegation;
mod deletion;
mod dialects;
mod documentation;
mod durability;
mod edge;
mod faketime;
mod fanout;
mod faults;
mod idempotency;
mod keys;
mod layout;
mod listing;
mod log;
mod marks;
mod matrix;
mod microblog;
mod names;
mod passwords;
mod peers;
mod people;
mod posting;
mod quick_replies;
mod races;
mod rest;
mod sending;
mod services;
mod sessions;
mod shop;
mod sign_ups;
mod split;
mod start;
mod stop;
mod throttles;
mod tokens;
