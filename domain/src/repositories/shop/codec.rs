//! Encodes products and lines of carts as items.

use crate::model::account::Part;
use crate::model::cart_line::CartLine;
use crate::model::product::{Description, Price, Product, ProductName, Quantity};
use crate::model::product_change::ProductChange;
use crate::repositories::items::{Reader, damaged, number, time};
use crate::{Id, Revision, Timestamp};
use item_store::api::{Attributes, Change, StoreError, Value};

pub(super) const REVISION: &str = "revision";
const ID: &str = "id";
const NAME: &str = "name";
const DESCRIPTION: &str = "text";
const PRICE: &str = "price";
const CURRENCY: &str = "currency";
const STOCK: &str = "stock";
const PRODUCT: &str = "product";
const QUANTITY: &str = "quantity";
const ADDED_AT: &str = "at";

/// Encodes a product.
pub(super) fn of_product(product: &Product) -> Attributes {
    let mut attributes = Attributes::from_iter([
        (ID.into(), number(product.id)),
        (NAME.into(), Value::text(product.name.as_str())),
        (PRICE.into(), Value::Number(product.price.get())),
        (CURRENCY.into(), Value::text(product.currency.code())),
        (STOCK.into(), Value::Number(product.stock.get().into())),
        (REVISION.into(), Value::Number(product.revision.0.into())),
    ]);
    attributes.extend(product.description.as_ref().map(|text| (DESCRIPTION.into(), Value::text(text.as_str()))));
    attributes
}

/// Decodes a product.
pub(super) fn product(attributes: &Attributes) -> Result<Product, StoreError> {
    let reader = Reader(attributes);
    Ok(Product {
        id: reader.id()?,
        name: ProductName::stored(reader.text(NAME)?.to_owned()),
        description: reader.optional_text(DESCRIPTION)?.map(Description::stored),
        price: Price::stored(reader.number(PRICE)?),
        currency: reader.text(CURRENCY)?.parse().map_err(|_| damaged(CURRENCY))?,
        stock: reader.number(STOCK)?.try_into().map_err(|()| damaged(STOCK))?,
        revision: revision(&reader)?,
    })
}

/// Returns the changes of an update of a product.
pub(super) fn changes(change: ProductChange) -> Vec<Change> {
    let mut changes = vec![Change::Add(REVISION, 1)];
    changes.extend(change.name.map(|name| Change::Set(NAME, Value::text(name.as_str()))));
    changes.extend(match change.description {
        Part::Same => None,
        Part::Gone => Some(Change::Remove(DESCRIPTION)),
        Part::New(text) => Some(Change::Set(DESCRIPTION, Value::text(text.as_str()))),
    });
    changes.extend(change.price.map(|price| Change::Set(PRICE, Value::Number(price.get()))));
    changes.extend(change.currency.map(|currency| Change::Set(CURRENCY, Value::text(currency.code()))));
    changes.extend(change.stock.map(|stock| Change::Set(STOCK, Value::Number(stock.get().into()))));
    changes
}

/// Encodes a line.
pub(super) fn of_line(line: &CartLine) -> Attributes {
    Attributes::from_iter([
        (ID.into(), number(line.id)),
        (PRODUCT.into(), number(line.product)),
        (QUANTITY.into(), Value::Number(line.quantity.get().into())),
        (ADDED_AT.into(), time(line.added_at)),
        (REVISION.into(), Value::Number(line.revision.0.into())),
    ])
}

/// Decodes a line.
pub(crate) fn line(attributes: &Attributes) -> Result<CartLine, StoreError> {
    let reader = Reader(attributes);
    Ok(CartLine {
        id: reader.id()?,
        product: Id::new(reader.number(PRODUCT)?).ok_or_else(|| damaged(PRODUCT))?,
        quantity: reader.number(QUANTITY)?.try_into().map_err(|()| damaged(QUANTITY))?,
        added_at: Timestamp::from_millis(reader.number(ADDED_AT)?),
        revision: revision(&reader)?,
    })
}

/// Returns the changes that set the quantity of a line.
pub(super) fn quantity(quantity: Quantity) -> Vec<Change> {
    vec![Change::Add(REVISION, 1), Change::Set(QUANTITY, Value::Number(quantity.get().into()))]
}

fn revision(reader: &Reader<'_>) -> Result<Revision, StoreError> {
    let number = reader.number(REVISION)?;
    u32::try_from(number).map(Revision).map_err(|_| damaged(REVISION))
}
