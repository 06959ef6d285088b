//! The subjects: the server, its engine in process, SQLite by itself, and a plain Rocket route.

pub mod engine;
pub mod filler;
pub mod layout;
pub mod opened;
pub mod plain;
pub mod program;
pub mod raw;
pub mod server;
