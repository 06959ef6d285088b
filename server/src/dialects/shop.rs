//! Dialect 5: paged tweets, follows and a shop. A request without an `Accept` header is answered with 440.

mod users;

use rocket::{Route, routes};
use utoipa::OpenApi;

/// The table of routes.
pub(crate) fn routes() -> Vec<Route> {
    routes![users::sign_in, users::sign_up, users::put]
}

/// The same table, described.
#[derive(OpenApi)]
#[openapi(paths(users::sign_in, users::sign_up, users::put))]
pub(crate) struct Description;
