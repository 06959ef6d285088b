//! Response bodies for carts.

use serde::Serialize;
use twclone_domain::shop::{CartLine, Quantity};
use twclone_domain::{Id, Page, Timestamp};
use utoipa::ToSchema;

/// A line of a cart.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShopCartLine)]
pub(super) struct LineView {
    /// The id: a decimal number of up to 63 bits. Ids sort by time.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The id of the product.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    product_id: Id,
    /// The number of units.
    #[schema(value_type = u32, minimum = 1, maximum = 10_000)]
    quantity: Quantity,
    /// The time at which the line was added.
    #[schema(value_type = String, format = DateTime)]
    added_at: Timestamp,
}

impl From<CartLine> for LineView {
    fn from(line: CartLine) -> Self {
        Self { id: line.id, product_id: line.product, quantity: line.quantity, added_at: line.added_at }
    }
}

/// A page of the lines of a cart, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShopCart)]
pub(super) struct CartView {
    cart: Vec<LineView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<Page<CartLine>> for CartView {
    fn from(page: Page<CartLine>) -> Self {
        Self { cart: page.items.into_iter().map(LineView::from).collect(), next: page.next }
    }
}
