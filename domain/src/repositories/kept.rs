//! What idempotency keys made, in the table `platform`: kept in the transaction of what they made.

use super::items::Reader;
use super::keys;
use crate::item_store::Tables;
use crate::item_store::api::{Action, Attributes, Condition, EXPIRES, Effect, StoreError, Table, Value};
use crate::model::idempotency::{IdempotencyRecord, IdempotentRequest, LIFETIME, Outcome};
use crate::{Clock, Error, Username};

const FINGERPRINT: &str = "fingerprint";

/// Reads what keys made.
#[derive(Debug, Clone)]
pub(crate) struct KeptStore {
    tables: Tables,
    clock: Clock,
}

/// Keeps what a key made: the attributes are the answer as it is given now.
pub(super) fn remember(kept: &IdempotencyRecord, mut attributes: Attributes, now: crate::Timestamp) -> Action {
    attributes.insert(EXPIRES.into(), Value::Number(now.plus_millis(LIFETIME).seconds()));
    attributes.insert(FINGERPRINT.into(), Value::Bytes(kept.request.as_bytes().to_vec()));
    Action {
        table: Table::Platform,
        key: keys::idempotency(&kept.name),
        conditions: vec![Condition::AbsentOrLess(EXPIRES, Value::Number(now.seconds() + 1))],
        effect: Effect::Put(attributes),
    }
}

/// Whoever lost the race for a key, and finds nothing kept even so.
pub(super) fn busy() -> Error {
    Error::Conflict("a request with this Idempotency-Key is just being done; try again".to_owned())
}

impl KeptStore {
    pub(crate) fn new(tables: Tables, clock: Clock) -> Self {
        Self { tables, clock }
    }

    /// Gives the first answer again where a request with an idempotency key was done before; otherwise what
    /// it came to now. Looks for the key only where the attempt failed: what succeeds has stored it.
    pub(crate) async fn replay<T>(
        &self,
        caller: &Username,
        once: Option<&IdempotentRequest>,
        attempt: Result<T, Error>,
        decode: impl FnOnce(&Attributes) -> Result<T, StoreError>,
    ) -> Result<Outcome<T>, Error> {
        let (error, once) = match (attempt, once) {
            (Ok(value), _) => return Ok(Outcome { value, replayed: false }),
            (Err(error), None) => return Err(error),
            (Err(error), Some(once)) => (error, once),
        };
        let kept = once.kept_for(&caller.key());
        let Some(item) = self.tables.get(Table::Platform, keys::idempotency(&kept.name)).await? else {
            return Err(error);
        };
        let reader = Reader(&item.attributes);
        if reader.number(EXPIRES)? <= self.clock.now().seconds() {
            return Err(error);
        }
        if reader.bytes(FINGERPRINT)? != kept.request.as_bytes() {
            return Err(Error::KeyReused);
        }
        Ok(Outcome { value: decode(&item.attributes)?, replayed: true })
    }
}
