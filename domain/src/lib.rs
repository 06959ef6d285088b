//! All behaviour of twclone, without HTTP: the server and the admin command translate requests and results.
//!
//! The entry point is [`Installation`].

mod capabilities;
#[cfg(fuzzing)]
pub mod fuzzing;
mod installation;
mod model;
pub mod repositories;

pub use capabilities::{accounts, backup, deletion, doctor, graph, messages, posts, registry, seed, shop, timelines};
use capabilities::{background, epoch, fanout, projection, visibility, worker};
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
