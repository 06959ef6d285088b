//! Dialect 2: microblog. Parameters may be in the query, in the body, or some in each.

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

/// The table of routes.
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

/// The same table, described.
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
