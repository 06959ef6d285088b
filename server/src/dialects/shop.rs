//! Dialect 5: paged tweets, follows and a shop. A request without an `Accept` header is answered with 440.

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

use rocket::{Route, routes};
use utoipa::OpenApi;

/// The table of routes.
pub(crate) fn routes() -> Vec<Route> {
    routes![
        users::sign_in,
        users::sign_up,
        users::put,
        products::list,
        products::show,
        products::put,
        carts::list,
        carts::create,
        carts::show,
        carts::put,
        tweets::all,
        tweets::of_user,
        tweets::create,
        tweets::show,
        tweets::put,
        followers::list,
        followers::add,
        followers::delete,
    ]
}

/// The same table, described.
#[derive(OpenApi)]
#[openapi(paths(
    users::sign_in,
    users::sign_up,
    users::put,
    products::list,
    products::show,
    products::put,
    carts::list,
    carts::create,
    carts::show,
    carts::put,
    tweets::all,
    tweets::of_user,
    tweets::create,
    tweets::show,
    tweets::put,
    followers::list,
    followers::add,
    followers::delete,
))]
pub(crate) struct Description;
