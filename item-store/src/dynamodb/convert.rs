//! Conversions between items and values and the SDK's types.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::api::{Attributes, Item, Key, PARTITION, SORT, StoreError, Value};

pub(super) type WireItem = HashMap<String, AttributeValue>;

pub(super) fn to_wire(value: Value) -> AttributeValue {
    match value {
        Value::Text(text) => AttributeValue::S(text.into()),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::Flag(flag) => AttributeValue::Bool(flag),
        Value::Bytes(bytes) => AttributeValue::B(Blob::new(bytes)),
        Value::List(values) => AttributeValue::L(values.into_iter().map(to_wire).collect()),
        Value::Map(values) => AttributeValue::M(attributes_to_wire(values)),
    }
}

fn attributes_to_wire(attributes: Attributes) -> WireItem {
    attributes.into_iter().map(|(name, value)| (name.into_string(), to_wire(value))).collect()
}

pub(super) fn key_to_wire(key: Key) -> WireItem {
    HashMap::from([
        (PARTITION.to_owned(), AttributeValue::S(key.partition.into())),
        (SORT.to_owned(), AttributeValue::S(key.sort.into())),
    ])
}

pub(super) fn item_to_wire(key: Key, attributes: Attributes) -> WireItem {
    let mut item = attributes_to_wire(attributes);
    item.extend(key_to_wire(key));
    item
}

pub(super) fn item_from_wire(mut item: WireItem) -> Result<Item, StoreError> {
    let mut part = |name: &str| match item.remove(name) {
        Some(AttributeValue::S(text)) => Ok(text.into()),
        _ => Err(StoreError::Corrupt(format!("an item has no text attribute {name}"))),
    };
    let key = Key { partition: part(PARTITION)?, sort: part(SORT)? };
    Ok(Item { key, attributes: attributes_from_wire(item)? })
}

fn attributes_from_wire(item: WireItem) -> Result<Attributes, StoreError> {
    item.into_iter().map(|(name, value)| Ok((name.into(), from_wire(value)?))).collect()
}

fn from_wire(value: AttributeValue) -> Result<Value, StoreError> {
    Ok(match value {
        AttributeValue::S(text) => Value::Text(text.into()),
        AttributeValue::N(digits) => {
            let number = digits.parse();
            Value::Number(number.map_err(|_| StoreError::Corrupt(format!("the number {digits} exceeds 64 bits")))?)
        }
        AttributeValue::Bool(flag) => Value::Flag(flag),
        AttributeValue::B(bytes) => Value::Bytes(bytes.into_inner()),
        AttributeValue::L(values) => Value::List(values.into_iter().map(from_wire).collect::<Result<_, _>>()?),
        AttributeValue::M(values) => Value::Map(attributes_from_wire(values)?),
        other => return Err(StoreError::Corrupt(format!("a value of an unsupported type: {other:?}"))),
    })
}
