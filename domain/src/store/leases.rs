//! Leases on numbers, in the table `platform`: nobody else has the same one at a time.

use super::items::Reader;
use super::table::{
    Action, Attributes, Condition, Direction, EXPIRES, Effect, Query, SortRange, StoreError, Table, Value,
};
use super::{Tables, keys};
use crate::{Clock, Error, Randomness, Timestamp};

/// What is leased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leased {
    /// Where the leases stand.
    partition: &'static str,
    /// How many numbers there are.
    pub(crate) count: u16,
    /// For how long a lease holds, in milliseconds.
    lifetime: i64,
    /// How far the clocks of two machines may differ, in milliseconds.
    skew: i64,
}

/// The worker numbers in ids: no two processes make the same id.
pub(crate) const WORKERS: Leased = Leased { partition: keys::WORKERS, count: 256, lifetime: 60_000, skew: 5_000 };
/// The shards of the queue of jobs. Two who work on one do no harm; nobody for long would.
pub(crate) const SHARDS: Leased = Leased { partition: keys::SHARDS, count: 16, lifetime: 3_000, skew: 500 };
/// How often taking a free number is tried when others are quicker.
const ATTEMPTS: usize = 16;

const UNTIL: &str = "until";
const OWNER: &str = "owner";

/// The right to a number until some moment.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    pub(crate) number: u8,
    pub(crate) since: Timestamp,
    pub(crate) until: Timestamp,
    owner: Vec<u8>,
}

/// Takes, renews and gives back leases.
#[derive(Debug, Clone)]
pub(crate) struct LeaseStore {
    leased: Leased,
    tables: Tables,
    clock: Clock,
    randomness: Randomness,
}

impl LeaseStore {
    pub(crate) fn new(leased: Leased, tables: Tables, clock: Clock, randomness: Randomness) -> Self {
        Self { leased, tables, clock, randomness }
    }

    /// Takes a lease on a number that nobody holds; one that has run out only when no clock of another
    /// machine can think that it still holds. Costs a query and a transaction.
    ///
    /// # Errors
    /// `Unavailable` where all are held.
    pub(crate) async fn take(&self) -> Result<Lease, Error> {
        for _ in 0..ATTEMPTS {
            let free = self.free().await?;
            let place = usize::from(u16::from_be_bytes(self.randomness.bytes()?)) % free.len().max(1);
            let number = *free.get(place).ok_or_else(|| {
                let (partition, count) = (self.leased.partition, self.leased.count);
                Error::Unavailable(format!(
                    "all {count} {partition} are taken; wait a minute for those of ended processes"
                ))
            })?;
            if let Some(lease) = self.take_one(number).await? {
                return Ok(lease);
            }
        }
        Err(Error::Overloaded)
    }

    /// Takes a lease on a certain number, where nobody holds it. Costs a transaction.
    pub(crate) async fn take_one(&self, number: u8) -> Result<Option<Lease>, Error> {
        let since = self.clock.now();
        let until = since.plus_millis(self.leased.lifetime);
        let lease = Lease { number, since, until, owner: self.randomness.bytes::<16>()?.to_vec() };
        let free = Condition::AbsentOrLess(UNTIL, Value::Number(since.millis() - self.leased.skew));
        Ok(self.write(&lease, free).await?.then_some(lease))
    }

    /// Lets a lease hold longer. `None` where somebody else has it now.
    pub(crate) async fn renew(&self, lease: &Lease) -> Result<Option<Lease>, Error> {
        let renewed = Lease { until: self.clock.now().plus_millis(self.leased.lifetime), ..lease.clone() };
        let own = Condition::Equals(OWNER, Value::Bytes(lease.owner.clone()));
        Ok(self.write(&renewed, own).await?.then_some(renewed))
    }

    /// Ends a lease now, for others to take.
    pub(crate) async fn give_back(&self, lease: &Lease) -> Result<(), Error> {
        let ended = Lease { until: self.clock.now().plus_millis(1), ..lease.clone() };
        let own = Condition::Equals(OWNER, Value::Bytes(lease.owner.clone()));
        self.write(&ended, own).await.map(drop)
    }

    /// The numbers that nobody holds. Costs a query.
    pub(crate) async fn free(&self) -> Result<Vec<u8>, Error> {
        let query = Query {
            table: Table::Platform,
            partition: self.leased.partition.into(),
            range: SortRange::All,
            direction: Direction::Ascending,
            limit: 256,
            after: None,
        };
        let over = self.clock.now().millis() - self.leased.skew;
        let mut held = Vec::new();
        for item in self.tables.query(query).await?.items {
            if Reader(&item.attributes).number(UNTIL)? >= over {
                held.push(item.key.sort.clone());
            }
        }
        let numbers = (0..=u8::MAX).take(self.leased.count.into());
        Ok(numbers.filter(|number| !held.contains(&keys::lease(self.leased.partition, *number).sort)).collect())
    }

    async fn write(&self, lease: &Lease, condition: Condition) -> Result<bool, Error> {
        let attributes = Attributes::from_iter([
            (OWNER.into(), Value::Bytes(lease.owner.clone())),
            (UNTIL.into(), Value::Number(lease.until.millis())),
            // Long after it can be of any use.
            (EXPIRES.into(), Value::Number(lease.until.plus_millis(24 * 3_600_000).seconds())),
        ]);
        let action = Action {
            table: Table::Platform,
            key: keys::lease(self.leased.partition, lease.number),
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
