//! Dialect 2: microblog. Parameters may be in the query, in the body, or some in each.

mod users;
mod views;

use rocket::{Route, routes};
use utoipa::OpenApi;

/// The table of routes.
pub(crate) fn routes() -> Vec<Route> {
    routes![users::all, users::verify, users::new]
}

/// The same table, described.
#[derive(OpenApi)]
#[openapi(paths(users::all, users::verify, users::new))]
pub(crate) struct Description;
