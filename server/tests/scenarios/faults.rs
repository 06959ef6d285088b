//! Tests on stores in which a fault occurs, at every call at which one can. Each request ends in its full effect or
//! in a clear error, never in half of it. A retry with the same Idempotency-Key is done once.

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
