//! How an item stands in a row: a byte that names the form, then postcard.

use crate::store::table::{Attributes, EXPIRES, StoreError, Value};

/// The one form that there is so far.
const POSTCARD: u8 = 1;

pub(super) fn encode(attributes: &Attributes) -> Result<Vec<u8>, StoreError> {
    postcard::to_extend(attributes, vec![POSTCARD]).map_err(|error| StoreError::Invalid(error.to_string()))
}

pub(super) fn decode(row: &[u8]) -> Result<Attributes, StoreError> {
    match row.split_first() {
        Some((&POSTCARD, rest)) => {
            postcard::from_bytes(rest).map_err(|error| StoreError::Corrupt(format!("items.db: an item: {error}")))
        }
        _ => Err(StoreError::Corrupt("items.db: an item has an unknown form".to_owned())),
    }
}

/// When an item may be swept, in Unix seconds.
pub(super) fn expires(attributes: &Attributes) -> Option<i64> {
    match attributes.get(EXPIRES) {
        Some(Value::Number(seconds)) => Some(*seconds),
        _ => None,
    }
}
