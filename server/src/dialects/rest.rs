//! Dialect 3: REST microservices, each with its own path prefix.

mod auth;
mod bodies;
mod comments;
mod likes;
mod post_views;
mod posts;
mod users;
mod views;

use crate::endpoint::{Endpoint, endpoints};

/// Returns the routes of this dialect.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints![
        Auth: [auth::about, auth::register, auth::login],
        Users: [users::about, users::follow, users::unfollow, users::followers, users::following],
        Timeline: [
            users::posts,
            posts::about, posts::feed, posts::create, posts::show, posts::edit, posts::delete, posts::history,
            comments::add, comments::list,
            likes::like, likes::likes, likes::unlike, likes::unlikes,
        ],
    ]
}
