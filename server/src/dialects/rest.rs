//! Dialect 3: REST microservices, each with its own path prefix.

mod auth;
mod bodies;
mod comments;
mod likes;
mod post_views;
mod posts;
mod users;
mod views;

use rocket::{Route, routes};
use utoipa::OpenApi;

/// Returns the routes of this dialect.
pub(crate) fn routes() -> Vec<Route> {
    routes![
        auth::about,
        auth::register,
        auth::login,
        posts::about,
        posts::feed,
        posts::create,
        posts::show,
        posts::edit,
        posts::delete,
        posts::history,
        comments::add,
        comments::list,
        likes::like,
        likes::likes,
        likes::unlike,
        likes::unlikes,
        users::about,
        users::follow,
        users::unfollow,
        users::followers,
        users::following,
        users::posts,
    ]
}

/// The OpenAPI description of these routes.
#[derive(OpenApi)]
#[openapi(paths(
    auth::about,
    auth::register,
    auth::login,
    posts::about,
    posts::feed,
    posts::create,
    posts::show,
    posts::edit,
    posts::delete,
    posts::history,
    comments::add,
    comments::list,
    likes::like,
    likes::likes,
    likes::unlike,
    likes::unlikes,
    users::about,
    users::follow,
    users::unfollow,
    users::followers,
    users::following,
    users::posts,
))]
pub(crate) struct Description;
