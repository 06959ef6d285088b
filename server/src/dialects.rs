//! The dialects: each a table of routes, and handlers that translate. None knows of another.

mod fanout;
pub(crate) mod messages;
mod microblog;
mod own;
mod rest;
mod shop;

use rocket::Route;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

/// A dialect: its name, its routes, and what describes them.
pub(crate) type Dialect = (&'static str, fn() -> Vec<Route>, fn() -> Document);

/// All of them, in the order of the reference systems, and last what is twclone's own.
pub(crate) const ALL: [Dialect; 6] = [
    ("messages", messages::routes, messages::Description::openapi),
    ("microblog", microblog::routes, microblog::Description::openapi),
    ("rest", rest::routes, rest::Description::openapi),
    ("fanout", fanout::routes, fanout::Description::openapi),
    ("shop", shop::routes, shop::Description::openapi),
    ("own", own::routes, own::Description::openapi),
];
