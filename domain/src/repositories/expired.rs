//! Items of the table `platform` that expired long ago and were not swept.

use std::collections::BTreeMap;
use twclone_schema::PLATFORM;

use super::items::Reader;
use super::keys;
use crate::{Error, Timestamp};
use item_store::Tables;
use item_store::api::{Action, Condition, EXPIRES, Effect, Key, StoreError, Value};

/// Maximum number of items in a page.
const PAGE: u32 = 1_000;

/// The expired items of a page.
#[derive(Debug, Default)]
pub(crate) struct Expired {
    pub(crate) items: u64,
    pub(crate) keys: Vec<Key>,
    /// The key after which to continue.
    pub(crate) next: Option<Key>,
}

/// Returns the items of a page that expired before a time.
pub(crate) async fn expired(tables: &Tables, before: Timestamp, after: Option<Key>) -> Result<Expired, Error> {
    let page = tables.scan(PLATFORM, after, PAGE).await?;
    let items = page.items.len() as u64;
    let expired = page.items.into_iter().filter(|item| {
        item.attributes.contains_key(EXPIRES)
            && Reader(&item.attributes).number(EXPIRES).is_ok_and(|expires| expires < before.seconds())
    });
    Ok(Expired { items, keys: expired.map(|item| item.key).collect(), next: page.next })
}

/// Deletes an item if it expired before a time. Returns whether it did, because the item may be in use again.
pub(crate) async fn sweep(tables: &Tables, key: Key, before: Timestamp) -> Result<bool, Error> {
    let conditions = vec![Condition::Less(EXPIRES, Value::Number(before.seconds()))];
    let action = Action { table: PLATFORM, key, conditions, effect: Effect::Delete };
    match tables.transact(vec![action]).await {
        Ok(()) => Ok(true),
        Err(StoreError::ConditionFailed(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Counts items by kind.
pub(crate) fn count(keys: &[Key], counts: &mut BTreeMap<&'static str, u64>) {
    for key in keys {
        *counts.entry(keys::platform_kind(key)).or_default() += 1;
    }
}
