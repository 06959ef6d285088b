//! Dialect 2: microblog. Parameters can be in the query, in the body, or split between both.

mod bodies;
mod follower_views;
mod followers;
mod post_views;
mod posts;
mod timelines;
mod users;
mod views;

use rocket::{Route, routes};
use utoipa::OpenApi;

/// Returns the routes of this dialect.
pub(crate) fn routes() -> Vec<Route> {
    routes![
        users::all,
        users::verify,
        users::new,
        followers::new,
        followers::list,
        followers::unfollow,
        posts::new,
        posts::repost,
        timelines::all_posts,
        timelines::home,
        timelines::of_user,
        timelines::by_user,
    ]
}

/// The OpenAPI description of these routes.
#[derive(OpenApi)]
#[openapi(paths(
    users::all,
    users::verify,
    users::new,
    followers::new,
    followers::list,
    followers::unfollow,
    posts::new,
    posts::repost,
    timelines::all_posts,
    timelines::home,
    timelines::of_user,
    timelines::by_user,
))]
pub(crate) struct Description;
