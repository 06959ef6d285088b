//! Request and response bodies for carts.

use std::str::FromStr;

use serde::Serialize;
use twclone_domain::shop::{CartLine, Quantity};
use twclone_domain::{Error, Fields, Id, Page, Timestamp};
use utoipa::ToSchema;

/// A line of a cart.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShopCartLine)]
pub(super) struct LineView {
    /// A decimal number of up to 63 bits; sorts by time.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// Of which product.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    product_id: Id,
    /// How many.
    #[schema(value_type = u32, minimum = 1, maximum = 10_000)]
    quantity: Quantity,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    added_at: Timestamp,
}

impl From<CartLine> for LineView {
    fn from(line: CartLine) -> Self {
        Self { id: line.id, product_id: line.product, quantity: line.quantity, added_at: line.added_at }
    }
}

/// A page of what is in a cart, newest first.
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

/// What goes into a cart.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the fields")]
#[schema(as = ShopNewCartLine)]
pub(super) struct NewLineBody {
    /// The id of a product.
    #[schema(pattern = "^[0-9]+$", example = "1")]
    product_id: String,
    /// How many; at most as many as there are.
    #[schema(minimum = 1, maximum = 10_000)]
    quantity: u32,
}

impl NewLineBody {
    pub(super) fn read(mut fields: Fields) -> Result<(Id, Quantity), Error> {
        let (product, quantity) = (fields.required_number("product_id"), fields.required_number("quantity"));
        fields.end()?;
        Ok((product?, quantity?))
    }
}

/// How many are to be in a line.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the fields")]
#[schema(as = ShopCartLineChange)]
pub(super) struct LineChange {
    /// How many; at most as many as there are. 0 takes the line out.
    #[schema(minimum = 0, maximum = 10_000)]
    quantity: u32,
}

impl LineChange {
    /// Reads the new quantity. `None` removes the line.
    pub(super) fn read(mut fields: Fields) -> Result<Option<Quantity>, Error> {
        let quantity = fields.required_number::<MaybeNone>("quantity");
        fields.end()?;
        Ok(quantity?.0)
    }
}

struct MaybeNone(Option<Quantity>);

impl FromStr for MaybeNone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "0" { Ok(Self(None)) } else { text.parse().map(|quantity| Self(Some(quantity))) }
    }
}
