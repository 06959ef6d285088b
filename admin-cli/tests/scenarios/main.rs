//! Scenarios of the admin command: the real program on real stores, often beside a running server.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on ends")]

mod access;
mod amazon;
mod backup;
mod delegates;
mod deletion;
mod doctor;
mod epochs;
mod faults;
mod files;
mod graph;
mod guide;
mod help;
mod init;
mod installation;
mod interruption;
mod kit;
mod load;
mod owners;
mod passwords;
mod pipes;
mod products;
mod refusals;
mod seed;
mod services;
mod timelines;
mod users;
