//! Dialect 2: microblog. Parameters can be in the query, in the body, or split between both.

mod bodies;
mod follower_views;
mod followers;
mod post_views;
mod posts;
mod timelines;
mod users;
mod views;

use crate::endpoint::{Endpoint, endpoints};

/// Returns the routes of this dialect.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints![
        Auth: [users::verify, users::new],
        Users: [users::all, followers::new, followers::list, followers::unfollow],
        Timeline: [
            posts::new, posts::repost,
            timelines::all_posts, timelines::home, timelines::of_user, timelines::by_user,
        ],
    ]
}
