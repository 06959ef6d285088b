//! DynamoDB's data model as a library, with two engines: SQLite in one file, and DynamoDB.
//!
//! [`Tables`] is the handle. README.md lists the guarantees and the differences from DynamoDB.

pub mod api;
mod client;
mod dynamodb;
mod embedded;
mod limits;
pub mod owner;
pub mod retry;
pub mod sqlite;
pub mod workers;

pub use client::{Layout, RandomNumbers, StoreCalls, Tables, UnixSeconds};
pub use dynamodb::DynamoDbTarget;
