//! Leases on worker numbers, in the table `platform`: no two generators of ids have the same one at a time.

use super::items::Reader;
use super::table::{
    Action, Attributes, Condition, Direction, EXPIRES, Effect, Query, SortRange, StoreError, Table, Value,
};
use super::{Tables, keys};
use crate::{Clock, Error, Randomness, Timestamp};

/// For how long a lease holds, in milliseconds.
const LIFETIME: i64 = 60_000;
/// How far the clocks of two machines may differ, in milliseconds.
const SKEW: i64 = 5_000;
/// How often taking a free number is tried when others are quicker.
const ATTEMPTS: usize = 16;

const UNTIL: &str = "until";
const OWNER: &str = "owner";

/// The right to make ids with a worker number until some moment.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    pub(crate) worker: u8,
    pub(crate) since: Timestamp,
    pub(crate) until: Timestamp,
    owner: Vec<u8>,
}

/// Takes, renews and gives back leases.
#[derive(Debug, Clone)]
pub(crate) struct LeaseStore {
    tables: Tables,
    clock: Clock,
    randomness: Randomness,
}

impl LeaseStore {
    pub(crate) fn new(tables: Tables, clock: Clock, randomness: Randomness) -> Self {
        Self { tables, clock, randomness }
    }

    /// Takes a lease on a number that nobody holds; one that has run out only when no clock of another
    /// machine can think that it still holds. Costs a query and a transaction.
    ///
    /// # Errors
    /// `Unavailable` where all 256 are held.
    pub(crate) async fn take(&self) -> Result<Lease, Error> {
        for _ in 0..ATTEMPTS {
            let free = self.free().await?;
            let [high, low, owner @ ..] = self.randomness.bytes::<18>()?;
            let place = usize::from(u16::from_be_bytes([high, low])) % free.len().max(1);
            let worker = *free.get(place).ok_or_else(|| {
                Error::Unavailable(
                    "all 256 worker numbers are taken; wait a minute for those of ended processes".into(),
                )
            })?;
            let since = self.clock.now();
            let until = since.plus_millis(LIFETIME);
            let lease = Lease { worker, since, until, owner: owner.to_vec() };
            let free = Condition::AbsentOrLess(UNTIL, Value::Number(since.millis() - SKEW));
            if self.write(&lease, free).await? {
                return Ok(lease);
            }
        }
        Err(Error::Overloaded)
    }

    /// Lets a lease hold longer. `None` where somebody else has it now.
    pub(crate) async fn renew(&self, lease: &Lease) -> Result<Option<Lease>, Error> {
        let renewed = Lease { until: self.clock.now().plus_millis(LIFETIME), ..lease.clone() };
        let own = Condition::Equals(OWNER, Value::Bytes(lease.owner.clone()));
        Ok(self.write(&renewed, own).await?.then_some(renewed))
    }

    /// Ends a lease now, for others to take.
    pub(crate) async fn give_back(&self, lease: &Lease) -> Result<(), Error> {
        let ended = Lease { until: self.clock.now().plus_millis(1), ..lease.clone() };
        let own = Condition::Equals(OWNER, Value::Bytes(lease.owner.clone()));
        self.write(&ended, own).await.map(drop)
    }

    /// The numbers that nobody holds.
    async fn free(&self) -> Result<Vec<u8>, Error> {
        let query = Query {
            table: Table::Platform,
            partition: keys::WORKERS.to_owned(),
            range: SortRange::All,
            direction: Direction::Ascending,
            limit: 256,
            after: None,
        };
        let over = self.clock.now().millis() - SKEW;
        let mut held = Vec::new();
        for item in self.tables.query(query).await?.items {
            if Reader(&item.attributes).number(UNTIL)? >= over {
                held.push(item.key.sort);
            }
        }
        Ok((0..=u8::MAX).filter(|number| !held.contains(&keys::worker(*number).sort)).collect())
    }

    async fn write(&self, lease: &Lease, condition: Condition) -> Result<bool, Error> {
        let attributes = Attributes::from([
            (OWNER.into(), Value::Bytes(lease.owner.clone())),
            (UNTIL.into(), Value::Number(lease.until.millis())),
            // Long after it can be of any use.
            (EXPIRES.into(), Value::Number(lease.until.plus_millis(24 * 3_600_000).seconds())),
        ]);
        let action = Action {
            table: Table::Platform,
            key: keys::worker(lease.worker),
            conditions: vec![condition],
            effect: Effect::Put(attributes),
        };
        match self.tables.transact(vec![action]).await {
            Ok(()) => Ok(true),
            Err(StoreError::ConditionFailed(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
