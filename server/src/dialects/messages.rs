//! Dialect 1: direct messages and tweets.

mod account_views;
mod accounts;
mod bodies;
mod following;
mod reading;
mod sending;
mod timelines;
mod tweet_bodies;
mod tweet_views;
mod views;

use rocket::{Route, routes};
use utoipa::OpenApi;

pub(crate) use views::MessageView;

/// Returns the routes of this dialect.
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
        following::follow,
        following::unfollow,
        timelines::post_tweet,
        timelines::user_timeline,
        timelines::home_timeline,
        timelines::public_timeline,
    ]
}

/// The OpenAPI description of these routes.
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
    following::follow,
    following::unfollow,
    timelines::post_tweet,
    timelines::user_timeline,
    timelines::home_timeline,
    timelines::public_timeline,
))]
pub(crate) struct Description;
