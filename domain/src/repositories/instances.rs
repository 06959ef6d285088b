//! The instances of the services, in the table `platform`.

use super::entries::Part;
use super::items::{Reader, damaged, time};
use super::keys;
use crate::model::instance::Instance;
use crate::{Error, Timestamp};
use item_store::Tables;
use item_store::api::{Action, Attributes, Direction, EXPIRES, Effect, StoreError, Value};
use twclone_schema::PLATFORM;

/// How long an item is stored after the instance ended, in milliseconds. Much longer than it can be of use.
const KEPT: i64 = 24 * 3_600_000;

const ID: &str = "id";
const SERVICE: &str = "service";
const ADDRESS: &str = "address";
const VERSION: &str = "version";
const STARTED_AT: &str = "started";
const SEEN_AT: &str = "seen";
const UNTIL: &str = "until";
const STATUS: &str = "status";
const IN_FLIGHT: &str = "in-flight";
const RATE: &str = "rate";

/// Reads and writes instances.
#[derive(Debug, Clone)]
pub(crate) struct InstanceStore {
    tables: Tables,
}

impl InstanceStore {
    pub(crate) fn new(tables: Tables) -> Self {
        Self { tables }
    }

    /// Waits until the store can never work again in this process, and returns the error.
    pub(crate) async fn lost(&self) -> Error {
        self.tables.lost().await.into()
    }

    /// Stores an instance that counts as running until a time. Costs a transaction.
    pub(crate) async fn write(&self, instance: &Instance, until: Timestamp) -> Result<(), Error> {
        self.act(instance, Effect::Put(encode(instance, until))).await
    }

    /// Deletes an instance, if it exists. Costs a transaction.
    pub(crate) async fn remove(&self, instance: &Instance) -> Result<(), Error> {
        self.act(instance, Effect::Delete).await
    }

    /// Returns the instances that count as running at a time. Costs a query.
    pub(crate) async fn list(&self, at: Timestamp) -> Result<Vec<Instance>, Error> {
        let all = Part {
            table: PLATFORM,
            partition: keys::SERVICES.into(),
            direction: Direction::Ascending,
            after: None,
            count: usize::MAX,
        };
        let mut instances = Vec::new();
        for item in all.read(&self.tables).await? {
            // DynamoDB sweeps ended instances days later.
            if Reader(&item.attributes).number(UNTIL)? >= at.millis() {
                instances.extend(decode(&item.attributes)?);
            }
        }
        Ok(instances)
    }

    async fn act(&self, instance: &Instance, effect: Effect) -> Result<(), Error> {
        let key = keys::instance(instance.service, &instance.id);
        let action = Action { table: PLATFORM, key, conditions: Vec::new(), effect };
        Ok(self.tables.transact(vec![action]).await?)
    }
}

fn encode(instance: &Instance, until: Timestamp) -> Attributes {
    Attributes::from_iter([
        (ID.into(), Value::text(&instance.id)),
        (SERVICE.into(), Value::text(instance.service.as_str())),
        (ADDRESS.into(), Value::text(&instance.address)),
        (VERSION.into(), Value::text(&instance.version)),
        (STARTED_AT.into(), time(instance.started_at)),
        (SEEN_AT.into(), time(instance.seen_at)),
        (UNTIL.into(), time(until)),
        (STATUS.into(), Value::text(&instance.status)),
        (IN_FLIGHT.into(), count(instance.in_flight)),
        (RATE.into(), count(instance.rate)),
        (EXPIRES.into(), Value::Number(until.plus_millis(KEPT).seconds())),
    ])
}

/// Returns `None` for an instance of an unknown service, from a newer build that runs beside this one.
fn decode(attributes: &Attributes) -> Result<Option<Instance>, StoreError> {
    let reader = Reader(attributes);
    let Ok(service) = reader.text(SERVICE)?.parse() else { return Ok(None) };
    let time = |name| Ok::<_, StoreError>(Timestamp::from_millis(reader.number(name)?));
    let count = |name| u64::try_from(reader.number(name)?).map_err(|_| damaged(name));
    Ok(Some(Instance {
        id: reader.text(ID)?.to_owned(),
        service,
        address: reader.text(ADDRESS)?.to_owned(),
        version: reader.text(VERSION)?.to_owned(),
        started_at: time(STARTED_AT)?,
        seen_at: time(SEEN_AT)?,
        status: reader.text(STATUS)?.to_owned(),
        in_flight: count(IN_FLIGHT)?,
        rate: count(RATE)?,
    }))
}

/// Encodes a count.
fn count(count: u64) -> Value {
    Value::Number(i64::try_from(count).unwrap_or(i64::MAX))
}
