//! The two stores. Open to tests and benchmarks; the service goes through the rest of the domain.

pub(crate) mod acts;
mod disk;
mod dynamodb;
mod embedded;
pub(crate) mod expired;
pub(crate) mod files;
pub(crate) mod identity;
mod items;
pub(crate) mod keys;
pub(crate) mod leases;
mod limits;
mod log;
pub(crate) mod messages;
pub(crate) mod profiles;
pub(crate) mod sqlite;
pub mod table;
mod tables;

pub use dynamodb::DynamoDbTarget;
pub use tables::{StoreCalls, Tables};
