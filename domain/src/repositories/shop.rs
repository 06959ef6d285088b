//! Products and carts, in the table `shop`.

mod codec;
mod inspect;

pub(crate) use codec::line;

use super::entries::Part;
use super::keys;
use super::{fence, kept};
use crate::model::cart_line::CartLine;
use crate::model::idempotency::IdempotencyRecord;
use crate::model::product::{Product, Quantity};
use crate::model::product_change::{Brought, ProductChange};
use crate::{Error, Id, Revision, Username};
use item_store::Tables;
use item_store::api::{Action, Condition, Effect, Key, StoreError, Value, Write};
use item_store::retry::RACES;
use twclone_schema::SHOP;

/// Reads and writes products and carts.
#[derive(Debug, Clone)]
pub(crate) struct ShopStore {
    tables: Tables,
}

/// The outcome of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    /// It is done.
    Done,
    /// The item does not exist, or does not have the expected revision.
    Otherwise,
}

impl ShopStore {
    pub(crate) fn new(tables: Tables) -> Self {
        Self { tables }
    }

    /// Returns the products after an id, newest first. Costs a query.
    pub(crate) async fn products(&self, after: Option<Id>, count: usize) -> Result<Vec<Product>, Error> {
        let items = Part::newest(SHOP, keys::PRODUCTS.into(), after, count).read(&self.tables).await?;
        Ok(items.iter().map(|item| codec::product(&item.attributes)).collect::<Result<_, _>>()?)
    }

    /// Returns a product. Costs a read.
    pub(crate) async fn product(&self, id: Id) -> Result<Option<Product>, Error> {
        let item = self.tables.get(SHOP, keys::product(id)).await?;
        Ok(item.map(|item| codec::product(&item.attributes)).transpose()?)
    }

    /// Adds a product. Returns `false` if one with its id exists.
    pub(crate) async fn add_product(&self, product: &Product) -> Result<bool, Error> {
        let put = Effect::Put(codec::of_product(product));
        Ok(self.change(keys::product(product.id), vec![Condition::Absent], put).await? == Changed::Done)
    }

    /// Adds a product, or replaces the one with its id.
    pub(crate) async fn put_product(&self, product: &Product) -> Result<Brought, Error> {
        for _ in 0..RACES {
            if self.add_product(product).await? {
                return Ok(Brought::New);
            }
            let Some(found) = self.product(product.id).await? else { continue };
            let mut wanted = Product { revision: found.revision, ..product.clone() };
            if wanted == found {
                return Ok(Brought::Same);
            }
            wanted.revision = Revision(found.revision.0 + 1);
            let put = Effect::Put(codec::of_product(&wanted));
            if self.change(keys::product(product.id), vec![as_known(found.revision)], put).await? == Changed::Done {
                return Ok(Brought::Changed);
            }
        }
        Err(Error::Overloaded)
    }

    /// Changes a product, if it exists and has the given revision, if any. Costs a transaction.
    pub(crate) async fn change_product(
        &self,
        id: Id,
        change: ProductChange,
        known: Option<Revision>,
    ) -> Result<Changed, Error> {
        let changes = Effect::Update(codec::changes(change));
        self.change(keys::product(id), vec![known.map_or(Condition::Present, as_known)], changes).await
    }

    /// Returns the lines of a cart after an id, newest first. Costs a query.
    pub(crate) async fn lines(
        &self,
        owner: &Username,
        after: Option<Id>,
        count: usize,
    ) -> Result<Vec<CartLine>, Error> {
        let items = Part::newest(SHOP, keys::cart(owner), after, count).read(&self.tables).await?;
        Ok(items.iter().map(|item| line(&item.attributes)).collect::<Result<_, _>>()?)
    }

    /// Returns a line of a cart. Costs a read.
    pub(crate) async fn line(&self, owner: &Username, id: Id) -> Result<Option<CartLine>, Error> {
        let item = self.tables.get(SHOP, keys::entry(keys::cart(owner), id)).await?;
        Ok(item.map(|item| line(&item.attributes)).transpose()?)
    }

    /// Adds a line to a cart. Returns whether its owner's account exists. Costs a transaction.
    ///
    /// # Errors
    /// `Conflict` if a request with the same idempotency key is in progress.
    pub(crate) async fn add_line(
        &self,
        owner: &Username,
        line: &CartLine,
        kept: Option<&IdempotencyRecord>,
    ) -> Result<bool, Error> {
        let attributes = codec::of_line(line);
        let mut actions = vec![Action {
            table: SHOP,
            key: keys::entry(keys::cart(owner), line.id),
            conditions: vec![Condition::Absent],
            effect: Effect::Put(attributes.clone()),
        }];
        actions.extend(kept.map(|kept| kept::remember(kept, attributes, line.added_at)));
        let check = actions.len();
        actions.push(fence::check(owner, line.id));
        match self.tables.transact(actions).await {
            Ok(()) => Ok(true),
            Err(StoreError::ConditionFailed(places)) if places.contains(&check) => Ok(false),
            Err(StoreError::ConditionFailed(places)) if !places.contains(&0) => Err(kept::busy()),
            Err(error) => Err(error.into()),
        }
    }

    /// Changes the quantity of a line, or removes the line. Costs a transaction.
    pub(crate) async fn change_line(
        &self,
        owner: &Username,
        id: Id,
        quantity: Option<Quantity>,
        known: Option<Revision>,
    ) -> Result<Changed, Error> {
        let effect = quantity.map_or(Effect::Delete, |quantity| Effect::Update(codec::quantity(quantity)));
        let condition = known.map_or(Condition::Present, as_known);
        self.change(keys::entry(keys::cart(owner), id), vec![condition], effect).await
    }

    /// Deletes lines of a cart, at most `count`. Returns their number.
    pub(crate) async fn empty_some(&self, owner: &Username, count: usize) -> Result<u64, Error> {
        let items = Part::oldest(SHOP, keys::cart(owner), None, count).read(&self.tables).await?;
        if items.is_empty() {
            return Ok(0);
        }
        let writes = items.iter().map(|item| Write::Delete(SHOP, item.key.clone())).collect();
        self.tables.batch_write(writes).await?;
        Ok(items.len() as u64)
    }

    async fn change(&self, key: Key, conditions: Vec<Condition>, effect: Effect) -> Result<Changed, Error> {
        let action = Action { table: SHOP, key, conditions, effect };
        match self.tables.transact(vec![action]).await {
            Ok(()) => Ok(Changed::Done),
            Err(StoreError::ConditionFailed(_)) => Ok(Changed::Otherwise),
            Err(error) => Err(error.into()),
        }
    }
}

fn as_known(revision: Revision) -> Condition {
    Condition::Equals(codec::REVISION, Value::Number(revision.0.into()))
}
