//! DynamoDB's data model as a library, with two engines: SQLite in one file, and DynamoDB. Public for tests and
//! benchmarks. The service uses it through the repositories.

pub mod api;
mod client;
pub(crate) mod disk;
mod dynamodb;
mod embedded;
mod limits;
mod log;
pub(crate) mod owner;
pub(crate) mod sqlite;

pub use client::{StoreCalls, Tables};
pub use dynamodb::DynamoDbTarget;
