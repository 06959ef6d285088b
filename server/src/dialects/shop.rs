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

use rocket::{Route, routes};
use utoipa::OpenApi;

/// Returns the routes of this dialect.
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

/// The OpenAPI description of these routes.
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
