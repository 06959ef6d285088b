//! Dialect 1: direct messages.

mod account_views;
mod accounts;
mod bodies;
mod reading;
mod sending;
mod views;

use rocket::{Route, routes};
use utoipa::OpenApi;

pub(crate) use views::MessageView;

/// The table of routes.
pub(crate) fn routes() -> Vec<Route> {
    routes![
        accounts::login,
        accounts::register,
        accounts::all_users,
        sending::send_message,
        sending::reply_to,
        reading::list_messages,
        reading::mark_read,
        reading::list_replies,
    ]
}

/// The same table, described.
#[derive(OpenApi)]
#[openapi(paths(
    accounts::login,
    accounts::register,
    accounts::all_users,
    sending::send_message,
    sending::reply_to,
    reading::list_messages,
    reading::mark_read,
    reading::list_replies,
))]
pub(crate) struct Description;
