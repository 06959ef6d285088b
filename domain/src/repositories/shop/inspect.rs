use super::{ShopStore, codec};
use crate::repositories::keys::{self, Shelf};
use crate::{Error, Username};
use item_store::api::{Action, Condition, Effect, Key, StoreError};
use twclone_schema::SHOP;

/// Maximum number of items in a page.
const PAGE: u32 = 1_000;

/// A page of the table.
#[derive(Debug, Default)]
pub(crate) struct Inspected {
    pub(crate) items: u64,
    /// The lines of carts, with their owners.
    pub(crate) lines: Vec<(Username, Key)>,
    /// A line for each item that does not match its key.
    pub(crate) unknown: Vec<String>,
    /// The key after which to continue.
    pub(crate) next: Option<Key>,
}

impl ShopStore {
    /// Reads a page of the table.
    pub(crate) async fn inspect(&self, after: Option<Key>) -> Result<Inspected, Error> {
        let page = self.tables.scan(SHOP, after, PAGE).await?;
        let mut inspected = Inspected { items: page.items.len() as u64, next: page.next, ..Inspected::default() };
        for item in page.items {
            let found = match keys::shelf(&item.key) {
                Some(Shelf::Product(id)) => codec::product(&item.attributes).map(|product| (product.id == id, None)),
                Some(Shelf::Line(owner, id)) => {
                    codec::line(&item.attributes).map(|line| (line.id == id, Some((owner, item.key.clone()))))
                }
                None => Ok((false, None)),
            };
            let told = |why: &str| format!("the item {:?} {:?} {why}", item.key.partition, item.key.sort);
            match found {
                Ok((true, line)) => inspected.lines.extend(line),
                Ok((false, _)) => inspected.unknown.push(told("does not match its key")),
                Err(error) => inspected.unknown.push(told(&error.to_string())),
            }
        }
        Ok(inspected)
    }

    /// Deletes a line of a cart without an owner. Returns whether it existed.
    pub(crate) async fn sweep(&self, key: Key) -> Result<bool, Error> {
        let conditions = vec![Condition::Present];
        let action = Action { table: SHOP, key, conditions, effect: Effect::Delete };
        match self.tables.transact(vec![action]).await {
            Ok(()) => Ok(true),
            Err(StoreError::ConditionFailed(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
