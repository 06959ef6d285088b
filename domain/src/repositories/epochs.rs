//! The mark of the items: the installation that they belong to, and its epoch. It is one item of the table
//! `platform`.

use super::items::Reader;
use super::keys;
use crate::Error;
use item_store::Tables;
use item_store::api::{Action, Attributes, Change, Condition, Effect, StoreError, Value};
use twclone_schema::PLATFORM;

const INSTALLATION: &str = "id";
const EPOCH: &str = "epoch";

/// The mark of the items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ItemsMark {
    pub(crate) installation: String,
    pub(crate) epoch: i64,
}

/// Reads and writes the mark.
#[derive(Debug, Clone)]
pub(crate) struct EpochStore {
    tables: Tables,
}

impl EpochStore {
    pub(crate) fn new(tables: Tables) -> Self {
        Self { tables }
    }

    /// Returns the mark, if there is one. Costs a read.
    pub(crate) async fn get(&self) -> Result<Option<ItemsMark>, Error> {
        let Some(item) = self.tables.get(PLATFORM, keys::installation()).await? else { return Ok(None) };
        let reader = Reader(&item.attributes);
        Ok(Some(ItemsMark { installation: reader.text(INSTALLATION)?.to_owned(), epoch: reader.number(EPOCH)? }))
    }

    /// Stores the mark if there is none. Returns whether there was none. Costs a transaction.
    pub(crate) async fn make(&self, mark: &ItemsMark) -> Result<bool, Error> {
        self.act(vec![Condition::Absent], Effect::Put(attributes(mark))).await
    }

    /// Raises the epoch if the stored one is older and of the same installation. Returns whether it was. Costs a
    /// transaction.
    pub(crate) async fn raise(&self, mark: &ItemsMark) -> Result<bool, Error> {
        let epoch = Value::Number(mark.epoch);
        let older = vec![
            Condition::Equals(INSTALLATION, Value::text(&mark.installation)),
            Condition::Less(EPOCH, epoch.clone()),
        ];
        self.act(older, Effect::Update(vec![Change::Set(EPOCH, epoch)])).await
    }

    /// Replaces the mark. Costs a transaction.
    pub(crate) async fn set(&self, mark: &ItemsMark) -> Result<(), Error> {
        self.act(Vec::new(), Effect::Put(attributes(mark))).await.map(drop)
    }

    async fn act(&self, conditions: Vec<Condition>, effect: Effect) -> Result<bool, Error> {
        let action = Action { table: PLATFORM, key: keys::installation(), conditions, effect };
        match self.tables.transact(vec![action]).await {
            Ok(()) => Ok(true),
            Err(StoreError::ConditionFailed(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn attributes(mark: &ItemsMark) -> Attributes {
    Attributes::from_iter([
        (INSTALLATION.into(), Value::text(&mark.installation)),
        (EPOCH.into(), Value::Number(mark.epoch)),
    ])
}
