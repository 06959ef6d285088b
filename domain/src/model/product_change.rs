use super::account::Part;
use super::product::{Currency, Description, Price, ProductName, Stock};

/// A change of a product. Fields of `None` and `Part::Same` stay as they are.
#[derive(Debug, Clone, Default)]
pub struct ProductChange {
    /// The new name.
    pub name: Option<ProductName>,
    /// The new description.
    pub description: Part<Description>,
    /// The new price.
    pub price: Option<Price>,
    /// The new currency.
    pub currency: Option<Currency>,
    /// The new number of units in stock.
    pub stock: Option<Stock>,
}

/// The result of importing a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brought {
    /// The product is new.
    New,
    /// The product existed and was changed.
    Changed,
    /// The product existed and is the same.
    Same,
}
