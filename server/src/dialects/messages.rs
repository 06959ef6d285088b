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

use crate::endpoint::{Endpoint, endpoints};

pub(crate) use views::MessageView;

/// Returns the routes of this dialect.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints![
        Auth: [accounts::login, accounts::register],
        Users: [accounts::all_users, following::follow, following::unfollow],
        Timeline: [
            timelines::post_tweet, timelines::user_timeline, timelines::home_timeline, timelines::public_timeline,
        ],
        Messages: [
            sending::send_message, sending::reply_to,
            reading::list_messages, reading::mark_read, reading::list_replies,
        ],
    ]
}
