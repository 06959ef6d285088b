//! Dialect 5: paged tweets, follows and a shop. A request without an `Accept` header gets a 440 response.

mod bodies;
mod cart_views;
mod carts;
mod followers;
mod pages;
mod product_views;
mod products;
mod tweet_views;
mod tweets;
mod users;

use crate::endpoint::{Endpoint, endpoints};

/// Returns the routes of this dialect.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints![
        Auth: [users::sign_in, users::sign_up, users::put, products::put],
        Users: [followers::list, followers::add, followers::delete],
        Timeline: [tweets::all, tweets::of_user, tweets::create, tweets::show, tweets::put],
        Messages: [products::list, products::show, carts::list, carts::create, carts::show, carts::put],
    ]
}
