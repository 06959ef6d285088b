//! What none of the reference systems has: sessions, app passwords, delegates, blocks and mutes, the audit, public keys,
//! the instances that run.

mod app_passwords;
mod audit;
mod blocks;
mod delegates;
mod keys;
mod mutes;
mod people;
mod services;
mod sessions;

use rocket::{Route, routes};
use utoipa::OpenApi;

/// The table of routes.
pub(crate) fn routes() -> Vec<Route> {
    routes![
        keys::jwks,
        sessions::list,
        sessions::end,
        app_passwords::list,
        app_passwords::add,
        app_passwords::revoke,
        delegates::list,
        delegates::show,
        delegates::put,
        delegates::delete,
        audit::list,
        blocks::list,
        blocks::put,
        blocks::delete,
        mutes::list,
        mutes::put,
        mutes::delete,
        services::list,
    ]
}

/// The same table, described.
#[derive(OpenApi)]
#[openapi(paths(
    keys::jwks,
    sessions::list,
    sessions::end,
    app_passwords::list,
    app_passwords::add,
    app_passwords::revoke,
    delegates::list,
    delegates::show,
    delegates::put,
    delegates::delete,
    audit::list,
    blocks::list,
    blocks::put,
    blocks::delete,
    mutes::list,
    mutes::put,
    mutes::delete,
    services::list,
))]
pub(crate) struct Description;
