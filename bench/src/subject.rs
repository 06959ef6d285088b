//! What is measured: the server, its engine in process, SQLite by itself, a plain Rocket route.

pub mod engine;
pub mod layout;
pub mod plain;
pub mod program;
pub mod raw;
pub mod server;
