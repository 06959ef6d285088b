//! The API dialects. Each has its routes, and handlers that translate between HTTP and the domain. Dialects do not
//! depend on each other.

mod fanout;
pub(crate) mod messages;
mod microblog;
mod own;
mod rest;
mod shop;

use rocket::Route;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

/// A dialect: its name, its routes, and their OpenAPI description.
pub(crate) type Dialect = (&'static str, fn() -> Vec<Route>, fn() -> Document);

/// All dialects, in the order of the reference systems. twclone's own routes come last.
pub(crate) const ALL: [Dialect; 6] = [
    ("messages", messages::routes, messages::Description::openapi),
    ("microblog", microblog::routes, microblog::Description::openapi),
    ("rest", rest::routes, rest::Description::openapi),
    ("fanout", fanout::routes, fanout::Description::openapi),
    ("shop", shop::routes, shop::Description::openapi),
    ("own", own::routes, own::Description::openapi),
];
