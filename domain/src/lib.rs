//! All behaviour of twclone. Knows no HTTP: the server and the admin command translate.
//!
//! [`Installation`] is where everything begins.

pub mod accounts;
mod blocking;
mod clock;
pub mod deletion;
pub mod doctor;
mod error;
mod fields;
mod idempotency;
mod ids;
mod installation;
pub mod messages;
mod names;
mod page;
mod projection;
mod random;
pub mod seed;
pub mod store;
mod text;
mod worker;

pub use clock::{Clock, Timestamp};
pub use error::{Error, Fault};
pub use fields::Fields;
pub use idempotency::{Done, Fingerprint, IdempotencyKey, Once};
pub use ids::{Id, IdGenerator};
pub use installation::{Configuration, Engine, Installation, Readiness, Status};
pub use names::{AccountReference, Username};
pub use page::{Limit, Page, PageRequest};
pub use random::Randomness;
pub use text::{Biography, EmailAddress, FullName, MessageText, OptionText};
