//! Dialect 4: JWT and fan-out.

mod auth;
mod bodies;
mod follows;
mod reactions;
mod timelines;
mod tweet_views;
mod tweets;
mod user;
mod views;

use crate::endpoint::{Endpoint, endpoints};

/// Returns the routes of this dialect.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints![
        Auth: [auth::signup, auth::login, auth::logout, auth::refresh_token, user::put, user::patch, user::delete],
        Users: [user::data, follows::follow, follows::unfollow],
        Timeline: [
            tweets::create, tweets::show, tweets::delete,
            reactions::like, reactions::dislike, reactions::retweet, reactions::undo_retweet,
            timelines::home, timelines::user,
        ],
    ]
}
