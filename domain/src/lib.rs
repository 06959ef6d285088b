//! All behaviour of twclone, without HTTP: the server and the admin command translate requests and results.
//!
//! The entry point is [`Installation`].

pub mod accounts;
mod background;
pub mod backup;
pub mod deletion;
pub mod doctor;
mod epoch;
mod fanout;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod graph;
mod installation;
pub mod messages;
mod model;
pub mod posts;
mod projection;
pub mod registry;
pub mod repositories;
pub mod seed;
pub mod shop;
pub mod timelines;
mod visibility;
mod worker;

pub use installation::{Configuration, Engine, Installation, Readiness, Status};
pub use model::clock::{Clock, Timestamp};
pub use model::error::{Error, Fault};
pub use model::fields::Fields;
pub use model::idempotency::{Fingerprint, IdempotencyKey, IdempotentRequest, Outcome};
pub use model::ids::{Id, IdGenerator};
pub use model::names::{AccountReference, Username};
pub use model::page::{Limit, Offset, Page, PageRequest};
pub use model::random::Randomness;
pub use model::revision::{Expected, Revision};
pub use model::text::{Biography, EmailAddress, FullName, MessageText, OptionText, PostText, excerpt};
