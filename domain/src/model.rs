//! The domain's types: the data that they hold and the values that are valid. They do no I/O and do not depend on a
//! store.

pub(crate) mod account;
pub(crate) mod app_password;
pub(crate) mod author_summary;
pub(crate) mod authority;
pub(crate) mod cart_line;
pub(crate) mod clock;
pub(crate) mod delegate;
pub(crate) mod deletion;
pub(crate) mod error;
pub(crate) mod event;
pub(crate) mod fields;
pub(crate) mod following;
pub(crate) mod idempotency;
pub(crate) mod ids;
pub(crate) mod instance;
pub(crate) mod message;
pub(crate) mod names;
pub(crate) mod origin;
pub(crate) mod page;
pub(crate) mod post;
pub(crate) mod product;
pub(crate) mod product_change;
pub(crate) mod public_key;
pub(crate) mod random;
pub(crate) mod restriction;
pub(crate) mod revision;
pub(crate) mod scope;
pub(crate) mod session;
pub(crate) mod text;
