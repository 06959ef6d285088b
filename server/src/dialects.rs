//! The API dialects. Each has its routes, and handlers that translate between HTTP and the domain. Dialects do not
//! depend on each other.

mod fanout;
pub(crate) mod messages;
mod microblog;
mod own;
mod rest;
mod shop;

use crate::endpoint::Endpoint;

/// A dialect: its name, which is the tag of its routes in the OpenAPI document, and its routes.
pub(crate) type Dialect = (&'static str, fn() -> Vec<Endpoint>);

/// All dialects, in the order of the reference systems. twclone's own routes come last.
pub(crate) const ALL: [Dialect; 6] = [
    ("messages", messages::endpoints),
    ("microblog", microblog::endpoints),
    ("rest", rest::endpoints),
    ("fanout", fanout::endpoints),
    ("shop", shop::endpoints),
    ("own", own::endpoints),
];
