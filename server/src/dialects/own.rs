//! Routes that none of the reference systems has: sessions, app passwords, delegates, blocks, mutes, the audit log,
//! public keys and running instances.

mod app_passwords;
mod audit;
mod blocks;
mod delegates;
mod keys;
mod mutes;
mod people;
mod services;
mod sessions;

use crate::endpoint::{Endpoint, endpoints};

/// Returns the routes of this dialect.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints![
        Auth: [
            keys::jwks,
            sessions::list, sessions::end,
            app_passwords::list, app_passwords::add, app_passwords::revoke,
            delegates::list, delegates::show, delegates::put, delegates::delete,
            audit::list,
            services::list,
        ],
        Users: [blocks::list, blocks::put, blocks::delete, mutes::list, mutes::put, mutes::delete],
    ]
}
