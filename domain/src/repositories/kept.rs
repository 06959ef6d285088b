//! The results of requests with idempotency keys, in the table `platform`. Each is stored in the transaction of the
//! request.

use super::items::Reader;
use super::keys;
use crate::model::idempotency::{IdempotencyRecord, IdempotentRequest, LIFETIME, Outcome};
use crate::{Clock, Error, Username};
use item_store::Tables;
use item_store::api::{Action, Attributes, Condition, EXPIRES, Effect, StoreError, Value};
use twclone_schema::PLATFORM;

const FINGERPRINT: &str = "fingerprint";

/// Reads the results of idempotency keys.
#[derive(Debug, Clone)]
pub(crate) struct KeptStore {
    tables: Tables,
    clock: Clock,
}

/// Returns the action that stores the result of a key: the attributes are the response as it is now.
pub(super) fn remember(kept: &IdempotencyRecord, mut attributes: Attributes, now: crate::Timestamp) -> Action {
    attributes.insert(EXPIRES.into(), Value::Number(now.plus_millis(LIFETIME).seconds()));
    attributes.insert(FINGERPRINT.into(), Value::Bytes(kept.request.as_bytes().to_vec()));
    Action {
        table: PLATFORM,
        key: keys::idempotency(&kept.name),
        conditions: vec![Condition::AbsentOrLess(EXPIRES, Value::Number(now.seconds() + 1))],
        effect: Effect::Put(attributes),
    }
}

/// Returns the error for a request that lost the race for a key, although no result is stored.
pub(super) fn busy() -> Error {
    Error::Conflict("a request with this Idempotency-Key is in progress; try again".to_owned())
}

impl KeptStore {
    pub(crate) fn new(tables: Tables, clock: Clock) -> Self {
        Self { tables, clock }
    }

    /// Returns the first result if a request with an idempotency key was done before, and the result of the attempt
    /// otherwise. Reads the key only if the attempt failed, because a successful attempt has stored it.
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
        let Some(item) = self.tables.get(PLATFORM, keys::idempotency(&kept.name)).await? else {
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
