//! The capabilities: what twclone does and decides. They know no HTTP and no SQL.

pub mod accounts;
pub(crate) mod background;
pub mod backup;
pub mod deletion;
pub mod doctor;
pub(crate) mod epoch;
pub(crate) mod fanout;
pub mod graph;
pub mod messages;
pub mod posts;
pub(crate) mod projection;
pub mod registry;
pub mod seed;
pub mod shop;
pub mod timelines;
pub(crate) mod visibility;
pub(crate) mod worker;
