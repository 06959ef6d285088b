//! All behaviour of twclone. Knows no HTTP: the server and the admin command translate.
//!
//! [`Installation`] is where everything begins.

pub mod accounts;
mod background;
pub mod backup;
mod blocking;
mod clock;
pub mod deletion;
pub mod doctor;
mod epoch;
mod error;
mod fanout;
mod fields;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod graph;
mod idempotency;
mod ids;
mod installation;
pub mod messages;
mod names;
mod page;
pub mod posts;
mod projection;
mod random;
pub mod registry;
mod revision;
pub mod seed;
pub mod shop;
pub mod store;
mod text;
pub mod timelines;
mod visibility;
mod worker;

pub use clock::{Clock, Timestamp};
pub use error::{Error, Fault};
pub use fields::Fields;
pub use idempotency::{Fingerprint, IdempotencyKey, IdempotentRequest, Outcome};
pub use ids::{Id, IdGenerator};
pub use installation::{Configuration, Engine, Installation, Readiness, Status};
pub use names::{AccountReference, Username};
pub use page::{Limit, Offset, Page, PageRequest};
pub use random::Randomness;
pub use revision::{Expected, Revision};
pub use text::{Biography, EmailAddress, FullName, MessageText, OptionText, PostText, excerpt};
