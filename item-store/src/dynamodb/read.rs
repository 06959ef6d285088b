use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::KeysAndAttributes;

use super::DynamoDbEngine;
use super::convert::{WireItem, item_from_wire, key_to_wire};
use super::expressions::Placeholders;
use crate::api::{
    Direction, Item, Key, PARTITION, Query, QueryPage, SORT, ScanPage, SortRange, StoreError, Table, Value,
};
use crate::retry::DYNAMODB;

impl DynamoDbEngine {
    pub(super) async fn get_item(&self, table: Table, key: Key) -> Result<Option<Arc<Item>>, StoreError> {
        let name = self.name(table);
        let call = self.client.get_item().table_name(&name).set_key(Some(key_to_wire(key))).consistent_read(true);
        let found = call.send().await.map_err(|error| self.failure("GetItem", &error, &name))?;
        found.item.map(shared).transpose()
    }

    pub(super) async fn batch_get_items(&self, keys: Vec<(Table, Key)>) -> Result<Vec<(Table, Arc<Item>)>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        let mut wanted: BTreeMap<Table, Vec<WireItem>> = BTreeMap::new();
        for (table, key) in keys {
            wanted.entry(table).or_default().push(key_to_wire(key));
        }
        let tables: Vec<_> = wanted.keys().map(|table| (*table, self.name(table))).collect();
        let together = tables.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ");
        for failures in 0..DYNAMODB.attempts {
            self.pause(failures).await?;
            let mut call = self.client.batch_get_item();
            for (table, name) in &tables {
                let Some(keys) = wanted.remove(table) else { continue };
                let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
                call = call.request_items(name, keys.map_err(|error| StoreError::Invalid(error.to_string()))?);
            }
            let answer = call.send().await.map_err(|error| self.failure("BatchGetItem", &error, &together))?;
            let mut responses = answer.responses.unwrap_or_default();
            let mut unprocessed = answer.unprocessed_keys.unwrap_or_default();
            for (table, name) in &tables {
                for item in responses.remove(name).unwrap_or_default() {
                    found.push((*table, shared(item)?));
                }
                if let Some(left) = unprocessed.remove(name).filter(|left| !left.keys.is_empty()) {
                    wanted.insert(*table, left.keys);
                }
            }
            if wanted.is_empty() {
                return Ok(found);
            }
        }
        Err(StoreError::Overloaded)
    }

    pub(super) async fn query_items(&self, query: Query) -> Result<QueryPage, StoreError> {
        if is_at_end(&query) {
            return Ok(QueryPage { items: Vec::new(), next: None });
        }
        let name = self.name(query.table);
        let mut placeholders = Placeholders::default();
        let partition = placeholders.name(PARTITION);
        let mut condition = format!("{partition} = {}", placeholders.value(Value::Text(query.partition.clone())));
        if let Some(range) = range(&mut placeholders, query.range) {
            condition = format!("{condition} AND {range}");
        }
        let start = query.after.map(|sort| key_to_wire(Key { partition: query.partition, sort }));
        let call = self
            .client
            .query()
            .table_name(&name)
            .key_condition_expression(condition)
            .set_expression_attribute_names(placeholders.names())
            .set_expression_attribute_values(placeholders.values())
            .scan_index_forward(query.direction == Direction::Ascending)
            .limit(i32::try_from(query.limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .consistent_read(true);
        let answer = call.send().await.map_err(|error| self.failure("Query", &error, &name))?;
        let items = answer.items.unwrap_or_default().into_iter().map(shared);
        let next = answer.last_evaluated_key.map(item_from_wire).transpose()?;
        Ok(QueryPage { items: items.collect::<Result<_, _>>()?, next: next.map(|item| item.key.sort) })
    }

    pub(super) async fn scan_items(
        &self,
        table: Table,
        after: Option<Key>,
        limit: u32,
    ) -> Result<ScanPage, StoreError> {
        let name = self.name(table);
        let call = self
            .client
            .scan()
            .table_name(&name)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(after.map(key_to_wire))
            .consistent_read(true);
        let answer = call.send().await.map_err(|error| self.failure("Scan", &error, &name))?;
        let items = answer.items.unwrap_or_default().into_iter().map(item_from_wire);
        let next = answer.last_evaluated_key.map(item_from_wire).transpose()?;
        Ok(ScanPage { items: items.collect::<Result<_, _>>()?, next: next.map(|item| item.key) })
    }
}

fn shared(item: WireItem) -> Result<Arc<Item>, StoreError> {
    item_from_wire(item).map(Arc::new)
}

/// Returns whether a query continues after the last key of its range. DynamoDB Local rejects that, as if the key were
/// outside.
fn is_at_end(query: &Query) -> bool {
    let last = match (&query.range, query.direction) {
        (SortRange::AtMost(high) | SortRange::Between(_, high), Direction::Ascending) => Some(high),
        (SortRange::AtLeast(low) | SortRange::Between(low, _), Direction::Descending) => Some(low),
        _ => None,
    };
    last.is_some() && last == query.after.as_ref()
}

fn range(placeholders: &mut Placeholders, range: SortRange) -> Option<String> {
    let (operator, low, high) = match range {
        // No placeholder, because DynamoDB rejects names that no expression uses.
        SortRange::All => return None,
        SortRange::BeginsWith(prefix) => ("begins_with", prefix, None),
        SortRange::AtMost(high) => ("<=", high, None),
        SortRange::AtLeast(low) => (">=", low, None),
        SortRange::Between(low, high) => ("BETWEEN", low, Some(high)),
    };
    let sort = placeholders.name(SORT);
    let low = placeholders.value(Value::Text(low));
    Some(match high.map(|high| placeholders.value(Value::Text(high))) {
        Some(high) => format!("{sort} BETWEEN {low} AND {high}"),
        None if operator == "begins_with" => format!("begins_with({sort}, {low})"),
        None => format!("{sort} {operator} {low}"),
    })
}
