//! Dialect 4: JWT and fan-out.

mod auth;
mod user;
mod views;

use rocket::{Route, routes};
use utoipa::OpenApi;

/// The table of routes.
pub(crate) fn routes() -> Vec<Route> {
    routes![
        auth::signup,
        auth::login,
        auth::logout,
        auth::refresh_token,
        user::data,
        user::put,
        user::patch,
        user::delete,
    ]
}

/// The same table, described.
#[derive(OpenApi)]
#[openapi(paths(
    auth::signup,
    auth::login,
    auth::logout,
    auth::refresh_token,
    user::data,
    user::put,
    user::patch,
    user::delete,
))]
pub(crate) struct Description;
