//! The dialects: each a table of routes, and handlers that translate. None knows of another.

pub(crate) mod messages;

use rocket::Route;

/// The routes of every dialect.
pub(crate) fn routes() -> Vec<Route> {
    messages::routes()
}
