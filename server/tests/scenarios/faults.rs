//! Stories on stores in which something goes wrong, at every call at which it can: each request ends in its
//! full effect or in a clear error, never in half of it, and what is tried again with the same Idempotency-Key
//! is done once.

mod agreement;
mod clock;
mod deleting;
mod hanging;
mod kit;
mod listing;
mod marking;
mod opening;
mod profiles;
mod readiness;
mod seeding;
mod writing;
