//! All known differences between the engines. They are also listed in schema/README.md.

use item_store::api::{Action, Change, Condition, Effect, Query, QueryPage, SortRange, Value, Write};

use super::call::{Answer, Call};
use super::model::Model;

/// Returns why a call is skipped if one of the engines is DynamoDB.
pub(super) fn left_out(call: &Call, model: &Model) -> Option<&'static str> {
    match call {
        // DynamoDB Local is from January 2020. Amazon accepts such values since May of that year.
        _ if values(call).into_iter().any(is_or_has_empty) => Some("empty text or bytes"),
        // The limit of that time is 10. Every engine refuses more than 100.
        Call::Transact(actions) if (11..=100).contains(&actions.len()) => Some("11 to 100 actions"),
        // DynamoDB has 38 digits and stores the sum, which cannot be read here.
        Call::Transact(actions) if model.overflows(actions) => Some("a sum beyond 64 bits"),
        // DynamoDB Local only reads the prefix up to the NUL. Amazon's server should compare all of its bytes.
        Call::Query(query) if has_nul(query) => Some("a prefix with a NUL"),
        Call::QueryAndGet(queries, _) if queries.iter().any(has_nul) => Some("a prefix with a NUL"),
        _ => None,
    }
}

fn has_nul(query: &Query) -> bool {
    matches!(&query.range, SortRange::BeginsWith(prefix) if prefix.contains('\0'))
}

/// Returns whether an engine may return this result instead of the expected one.
pub(super) fn is_permitted(engine: &str, call: &Call, expected: &Answer, found: &Answer, model: &Model) -> bool {
    match (call, expected, found) {
        // If a page is full and nothing is left in the range, DynamoDB may omit the cursor.
        (Call::Query(query), Answer::Page(expected), Answer::Page(found)) if engine == "dynamodb" => {
            let rest = Query { after: expected.next.clone(), ..query.clone() };
            let nothing = Answer::Page(QueryPage { items: Vec::new(), next: None });
            *found == QueryPage { next: None, ..expected.clone() } && model.plan(&Call::Query(rest)).0 == nothing
        }
        _ => false,
    }
}

/// Returns the values in a call, without those nested in them.
fn values(call: &Call) -> Vec<&Value> {
    match call {
        Call::Get(..) | Call::BatchGet(..) | Call::BatchGetAcross(_) | Call::Query(_) | Call::QueryAndGet(..) => {
            Vec::new()
        }
        Call::Transact(actions) => actions.iter().flat_map(action_values).collect(),
        Call::BatchWrite(writes) => {
            let items = writes.iter().filter_map(|write| match write {
                Write::Put(_, item) => Some(item.attributes.values()),
                Write::Delete(..) => None,
            });
            items.flatten().collect()
        }
    }
}

fn action_values(action: &Action) -> Vec<&Value> {
    let conditions = action.conditions.iter().filter_map(|condition| match condition {
        Condition::Equals(_, value)
        | Condition::Less(_, value)
        | Condition::Greater(_, value)
        | Condition::AbsentOrLess(_, value) => Some(value),
        _ => None,
    });
    match &action.effect {
        Effect::Put(attributes) => conditions.chain(attributes.values()).collect(),
        Effect::Update(changes) => {
            let set = changes.iter().filter_map(|change| match change {
                Change::Set(_, value) => Some(value),
                _ => None,
            });
            conditions.chain(set).collect()
        }
        Effect::Delete | Effect::Check => conditions.collect(),
    }
}

fn is_or_has_empty(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::List(values) => values.iter().any(is_or_has_empty),
        Value::Map(values) => values.values().any(is_or_has_empty),
        Value::Number(_) | Value::Flag(_) => false,
    }
}
