use std::collections::HashMap;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    ConditionCheck, Delete, DeleteRequest, Put, PutRequest, TransactWriteItem, Update, WriteRequest,
};

use super::DynamoDbEngine;
use super::convert::{item_to_wire, key_to_wire};
use super::expressions::Placeholders;
use crate::api::{Action, Effect, StoreError, Write};
use crate::retry::DYNAMODB;

impl DynamoDbEngine {
    pub(super) async fn transact_items(&self, actions: Vec<Action>) -> Result<(), StoreError> {
        let first = actions.first().map(|action| self.name(action.table)).unwrap_or_default();
        let items = actions.into_iter().map(|action| self.wire_action(action)).collect::<Result<Vec<_>, _>>()?;
        // One token for all attempts, so that a retry after a lost response does not apply the transaction twice.
        let token = self.number()?;
        let mut refusal = StoreError::Conflict;
        for failures in 0..DYNAMODB.attempts {
            self.pause(failures).await?;
            let call = self.client.transact_write_items().set_transact_items(Some(items.clone()));
            let Err(error) = call.client_request_token(format!("{token:032x}")).send().await else { return Ok(()) };
            refusal = match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    let reasons = cancelled.cancellation_reasons.as_deref().unwrap_or_default();
                    cancellation(reasons.iter().map(|reason| (reason.code(), reason.message())))
                }
                _ => self.failure("TransactWriteItems", &error, &first),
            };
            if !matches!(refusal, StoreError::Conflict | StoreError::Overloaded) {
                break;
            }
        }
        Err(refusal)
    }

    fn wire_action(&self, action: Action) -> Result<TransactWriteItem, StoreError> {
        let mut placeholders = Placeholders::default();
        let condition = placeholders.conditions(&action.conditions);
        let change = match &action.effect {
            Effect::Update(changes) => placeholders.changes(changes),
            _ => String::new(),
        };
        let (names, values) = (placeholders.names(), placeholders.values());
        let table = self.name(action.table);
        let item = TransactWriteItem::builder();
        let item = match action.effect {
            Effect::Put(attributes) => Put::builder()
                .table_name(table)
                .set_item(Some(item_to_wire(action.key, attributes)))
                .set_condition_expression(condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .build()
                .map(|put| item.put(put)),
            Effect::Update(_) => Update::builder()
                .table_name(table)
                .set_key(Some(key_to_wire(action.key)))
                .update_expression(change)
                .set_condition_expression(condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .build()
                .map(|update| item.update(update)),
            Effect::Delete => Delete::builder()
                .table_name(table)
                .set_key(Some(key_to_wire(action.key)))
                .set_condition_expression(condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .build()
                .map(|delete| item.delete(delete)),
            Effect::Check => ConditionCheck::builder()
                .table_name(table)
                .set_key(Some(key_to_wire(action.key)))
                .set_condition_expression(condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .build()
                .map(|check| item.condition_check(check)),
        };
        item.map(aws_sdk_dynamodb::types::builders::TransactWriteItemBuilder::build)
            .map_err(|error| StoreError::Invalid(error.to_string()))
    }

    pub(super) async fn batch_write_items(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        let mut left: HashMap<String, Vec<WriteRequest>> = HashMap::new();
        for write in writes {
            let (table, request) = match write {
                Write::Put(table, item) => {
                    let put = PutRequest::builder().set_item(Some(item_to_wire(item.key, item.attributes))).build();
                    (table, put.map(|put| WriteRequest::builder().put_request(put).build()))
                }
                Write::Delete(table, key) => {
                    let delete = DeleteRequest::builder().set_key(Some(key_to_wire(key))).build();
                    (table, delete.map(|delete| WriteRequest::builder().delete_request(delete).build()))
                }
            };
            let request = request.map_err(|error| StoreError::Invalid(error.to_string()))?;
            left.entry(self.name(table)).or_default().push(request);
        }
        let tables = left.keys().cloned().collect::<Vec<_>>().join(", ");
        for failures in 0..DYNAMODB.attempts {
            self.pause(failures).await?;
            let call = self.client.batch_write_item().set_request_items(Some(left));
            let answer = call.send().await.map_err(|error| self.failure("BatchWriteItem", &error, &tables))?;
            left = answer.unprocessed_items.unwrap_or_default();
            if left.is_empty() {
                return Ok(());
            }
        }
        Err(StoreError::Overloaded)
    }
}

/// Returns why a transaction was cancelled, from the reasons in the order of its actions. Invalid
/// actions and failed conditions are final; the other reasons are temporary.
fn cancellation<'a>(reasons: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>) -> StoreError {
    let reasons: Vec<_> = reasons.collect();
    let with = |codes: &[&str]| {
        let places = reasons.iter().enumerate().filter(|(_, (code, _))| code.is_some_and(|code| codes.contains(&code)));
        places.map(|(place, (_, message))| (place, message.unwrap_or("no text").to_owned())).collect::<Vec<_>>()
    };
    let failed = with(&["ConditionalCheckFailed"]);
    let invalid = with(&["ValidationError", "ItemCollectionSizeLimitExceeded"]);
    if let Some((_, message)) = invalid.into_iter().next() {
        StoreError::Invalid(message)
    } else if !failed.is_empty() {
        StoreError::ConditionFailed(failed.into_iter().map(|(place, _)| place).collect())
    } else if with(&["TransactionConflict"]).is_empty() {
        StoreError::Overloaded
    } else {
        StoreError::Conflict
    }
}
