//! The shop: permissions to change the catalogue and to use a cart.

use twclone_testkit::json;

use super::expectations::{ADMINISTRATORS, EVERYBODY, Row, Statuses};

/// Only the owner, with a credential of sufficient scope.
const WHO_SEES_A_CART: Statuses = [200, 200, 200, 200, 403, 403, 403, 403, 403, 403, 403, 401];
const WHO_FILLS_A_CART: Statuses = [200, 200, 403, 200, 403, 403, 403, 403, 403, 403, 403, 401];
/// The same, except that to others the line does not exist.
const WHO_SEES_A_LINE: Statuses = [200, 200, 200, 200, 403, 404, 404, 404, 404, 404, 404, 401];
const WHO_CHANGES_A_LINE: Statuses = [200, 200, 403, 200, 403, 404, 404, 404, 404, 404, 404, 401];

/// Returns the rows.
pub(super) fn all() -> Vec<Row> {
    let quantity = |statuses| Row::new("PUT /addToCar/<id>", "/addToCar/{line}", statuses);
    vec![
        Row::new("GET /products", "/products", EVERYBODY),
        Row::new("GET /product/<id>", "/product/1", EVERYBODY),
        Row::new("PUT /product/<id>", "/product/1", ADMINISTRATORS).with(json!({"stock": 1_000})),
        Row::new("GET /addToCars/<user>", "/addToCars/{owner}", WHO_SEES_A_CART),
        Row::new("POST /addToCars/<user>", "/addToCars/{owner}", WHO_FILLS_A_CART)
            .with(json!({"product_id": 1, "quantity": 2}))
            .answers(201),
        Row::new("GET /addToCar/<id>", "/addToCar/{line}", WHO_SEES_A_LINE),
        quantity(WHO_CHANGES_A_LINE).with(json!({"quantity": 3})),
        quantity(WHO_CHANGES_A_LINE).with(json!({"quantity": 0})).answers(204),
    ]
}
