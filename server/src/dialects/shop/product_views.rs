//! Response bodies for products.

use serde::Serialize;
use twclone_domain::shop::{Currency, Price, Product, Stock};
use twclone_domain::{Id, Page};
use utoipa::ToSchema;

/// A product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShopProduct)]
pub(super) struct ProductView {
    /// The id: a decimal number of up to 63 bits.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The name.
    name: String,
    /// The description, or an empty text.
    description: String,
    /// The price of a unit in the minor unit of the currency: 1999 for 19.99 USD.
    #[schema(value_type = i64, minimum = 0, maximum = 1_000_000_000_000_i64)]
    price: Price,
    /// The currency code (ISO 4217).
    #[schema(value_type = String, pattern = "^[A-Z]{3}$")]
    currency: Currency,
    /// The number of units in stock.
    #[schema(value_type = u32, maximum = 1_000_000_000)]
    stock: Stock,
}

impl From<Product> for ProductView {
    fn from(product: Product) -> Self {
        Self {
            id: product.id,
            name: product.name.into(),
            description: product.description.map(String::from).unwrap_or_default(),
            price: product.price,
            currency: product.currency,
            stock: product.stock,
        }
    }
}

/// A page of products, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShopProducts)]
pub(super) struct ProductsView {
    products: Vec<ProductView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<Page<Product>> for ProductsView {
    fn from(page: Page<Product>) -> Self {
        Self { products: page.items.into_iter().map(ProductView::from).collect(), next: page.next }
    }
}
