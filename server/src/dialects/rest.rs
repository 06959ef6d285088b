//! Dialect 3: REST microservices, each under a prefix of its own.

mod auth;

use rocket::{Route, routes};
use utoipa::OpenApi;

/// The table of routes.
pub(crate) fn routes() -> Vec<Route> {
    routes![auth::about, auth::register, auth::login]
}

/// The same table, described.
#[derive(OpenApi)]
#[openapi(paths(auth::about, auth::register, auth::login))]
pub(crate) struct Description;
