//! Request and response bodies for products.

use serde::Serialize;
use twclone_domain::shop::{Currency, Price, Product, ProductChange, Stock};
use twclone_domain::{Error, Fields, Id, Page};
use utoipa::ToSchema;

/// A product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShopProduct)]
pub(super) struct ProductView {
    /// A decimal number of up to 63 bits.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// What it is called.
    name: String,
    /// What it is; empty where nothing is said.
    description: String,
    /// What one costs, in the currency's minor unit: 1999 for 19.99 USD.
    #[schema(value_type = i64, minimum = 0, maximum = 1_000_000_000_000_i64)]
    price: Price,
    /// ISO 4217.
    #[schema(value_type = String, pattern = "^[A-Z]{3}$")]
    currency: Currency,
    /// How many there are.
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

/// What is to be changed of a product; what is not named stays.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the fields")]
#[schema(as = ShopProductChanges)]
pub(super) struct ProductChanges {
    /// On one line.
    #[schema(min_length = 1, max_length = 100, example = "Basketball")]
    name: Option<String>,
    /// null takes it away.
    #[schema(min_length = 1, max_length = 2_000)]
    description: Option<String>,
    /// In the currency's minor unit: 1999 for 19.99 USD.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    price: Option<i64>,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$", example = "USD")]
    currency: Option<String>,
    /// How many there are.
    #[schema(maximum = 1_000_000_000)]
    stock: Option<u32>,
}

impl ProductChanges {
    pub(super) fn read(mut fields: Fields) -> Result<ProductChange, Error> {
        let no_description = fields.is_null("description");
        let (name, description) = (fields.optional("name"), fields.optional("description"));
        let (price, currency) = (fields.optional_number("price"), fields.optional("currency"));
        let stock = fields.optional_number("stock");
        fields.end()?;
        let description = description?.map(Some).or(no_description.then_some(None));
        Ok(ProductChange { name: name?, description, price: price?, currency: currency?, stock: stock? })
    }
}
