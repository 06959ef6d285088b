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

use rocket::{Route, routes};
use utoipa::OpenApi;

/// Returns the routes of this dialect.
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
        follows::follow,
        follows::unfollow,
        tweets::create,
        tweets::show,
        tweets::delete,
        reactions::like,
        reactions::dislike,
        reactions::retweet,
        reactions::undo_retweet,
        timelines::home,
        timelines::user,
    ]
}

/// The OpenAPI description of these routes.
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
    follows::follow,
    follows::unfollow,
    tweets::create,
    tweets::show,
    tweets::delete,
    reactions::like,
    reactions::dislike,
    reactions::retweet,
    reactions::undo_retweet,
    timelines::home,
    timelines::user,
))]
pub(crate) struct Description;
