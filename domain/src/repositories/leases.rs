//! Leases on numbers, in the table `platform`. Only one process holds a number at a time.

use std::time::Duration;
use twclone_schema::PLATFORM;

use compact_str::CompactString;

use super::items::Reader;
use super::keys;
use crate::{Clock, Error, Randomness, Timestamp};
use item_store::Tables;
use item_store::api::{Action, Attributes, Condition, Direction, EXPIRES, Effect, Query, SortRange, StoreError, Value};
use item_store::retry::RACES;

/// A set of numbers that are leased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leased {
    /// The partition of the leases.
    partition: &'static str,
    /// How many numbers there are.
    pub(crate) count: u16,
    /// How long a lease lasts, in milliseconds.
    lifetime: i64,
    /// Maximum difference between the clocks of two machines, in milliseconds.
    skew: i64,
}

/// The worker numbers in ids, so that no two processes create the same id.
pub(crate) const WORKERS: Leased = Leased { partition: keys::WORKERS, count: 256, lifetime: 60_000, skew: 5_000 };
/// The shards of the job queue. Two processes that work on one shard do no harm. A shard that stays without one would.
pub(crate) const SHARDS: Leased = Leased { partition: keys::SHARDS, count: 16, lifetime: 3_000, skew: 500 };

const UNTIL: &str = "until";
const OWNER: &str = "owner";
/// Set if the holder gave the lease back. A lease that ran out without it belonged to a process that was killed.
const ENDED: &str = "ended";
const HIGHEST: &str = "highest";
/// How long a killed process may have continued after the time that its lease records, in milliseconds: one and a half
/// renewals.
const UNSAID: i64 = 15_000;

/// The exclusive right to a number until a time.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    pub(crate) number: u8,
    /// The beginning of the lease. If the clock was set back, a time that no earlier holder of any of the numbers
    /// reached.
    pub(crate) since: Timestamp,
    until: Timestamp,
    /// The end of the lease on this process's monotonic clock.
    pub(crate) holds_until: Duration,
    /// The time that the holder has reached, and from which later holders continue.
    pub(crate) highest: Option<Timestamp>,
    owner: Vec<u8>,
}

/// The state of all leases.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// The numbers without a holder.
    pub(crate) free: Vec<u8>,
    /// The free numbers whose last holder let the lease run out instead of giving it back.
    pub(crate) orphaned: Vec<u8>,
    /// Whether any number has a holder.
    pub(crate) any_held: bool,
    /// The latest time that a holder has reached.
    highest: Option<Timestamp>,
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

    /// Takes a lease on a free number. A lease that has run out is only taken when it has run out by the clock of
    /// every machine. Costs a query and a transaction.
    ///
    /// # Errors
    /// `Unavailable` if all numbers are held.
    pub(crate) async fn take(&self) -> Result<Lease, Error> {
        for _ in 0..RACES {
            let Survey { free, highest, .. } = self.survey().await?;
            let place = usize::from(u16::from_be_bytes(self.randomness.bytes()?)) % free.len().max(1);
            let number = *free.get(place).ok_or_else(|| {
                let (partition, count) = (self.leased.partition, self.leased.count);
                Error::Unavailable(format!(
                    "all {count} {partition} are taken; those of ended processes are free after a minute"
                ))
            })?;
            if let Some(lease) = self.take_behind(number, highest.max(Some(self.clock.now()))).await? {
                return Ok(lease);
            }
        }
        Err(Error::Overloaded)
    }

    /// Takes a lease on the given number, if it is free. Costs a transaction. If the number is held, costs a read
    /// more, and another transaction if the lease ends later than any lease can.
    pub(crate) async fn take_one(&self, number: u8) -> Result<Option<Lease>, Error> {
        self.take_behind(number, None).await
    }

    async fn take_behind(&self, number: u8, highest: Option<Timestamp>) -> Result<Option<Lease>, Error> {
        let now = self.clock.now();
        let since = match highest {
            // The clock was set back.
            Some(highest) if highest > now.plus_millis(self.leased.skew) => highest.plus_millis(UNSAID),
            // From a machine whose clock may be slightly ahead.
            Some(highest) => highest.max(now),
            None => now,
        };
        let owner = self.randomness.bytes::<16>()?.to_vec();
        let lease = self.now_holding(Lease {
            number,
            since,
            until: now,
            holds_until: Duration::ZERO,
            highest: highest.map(|_| since),
            owner,
        });
        let free = Condition::AbsentOrLess(UNTIL, Value::Number(now.millis() - self.leased.skew));
        if self.write(&lease, false, free).await? {
            return Ok(Some(lease));
        }
        let Some(item) = self.tables.get(PLATFORM, keys::lease(self.leased.partition, number)).await? else {
            return Ok(None);
        };
        let until = Reader(&item.attributes).number(UNTIL)?;
        let as_found = Condition::Equals(UNTIL, Value::Number(until));
        let taken = self.is_free(until, now) && self.write(&lease, false, as_found).await?;
        Ok(taken.then_some(lease))
    }

    /// Restarts the lifetime of a lease now.
    fn now_holding(&self, lease: Lease) -> Lease {
        let lifetime = Duration::from_millis(self.leased.lifetime.unsigned_abs());
        let (until, holds_until) =
            (self.clock.now().plus_millis(self.leased.lifetime), self.clock.elapsed() + lifetime);
        Lease { until, holds_until, ..lease }
    }

    /// Returns whether a lease has run out, or ends later than any lease can, because its holder's clock was ahead.
    fn is_free(&self, until: i64, now: Timestamp) -> bool {
        let (over, latest) =
            (now.plus_millis(-self.leased.skew), now.plus_millis(self.leased.lifetime + self.leased.skew));
        until < over.millis() || until > latest.millis()
    }

    /// Renews a lease. Returns `None` if another process holds it now.
    pub(crate) async fn renew(&self, lease: &Lease) -> Result<Option<Lease>, Error> {
        let renewed = self.now_holding(lease.clone());
        let own = Condition::Equals(OWNER, Value::Bytes(lease.owner.clone()));
        Ok(self.write(&renewed, false, own).await?.then_some(renewed))
    }

    /// Ends a lease now, so that others can take it.
    pub(crate) async fn give_back(&self, lease: &Lease) -> Result<(), Error> {
        let ended = Lease { until: self.clock.now().plus_millis(1), ..lease.clone() };
        let own = Condition::Equals(OWNER, Value::Bytes(lease.owner.clone()));
        self.write(&ended, true, own).await.map(drop)
    }

    /// Returns the numbers without a holder. Costs a query.
    pub(crate) async fn free(&self) -> Result<Vec<u8>, Error> {
        Ok(self.survey().await?.free)
    }

    /// Returns the state of all leases. Costs a query.
    pub(crate) async fn survey(&self) -> Result<Survey, Error> {
        let query = Query {
            table: PLATFORM,
            partition: self.leased.partition.into(),
            range: SortRange::All,
            direction: Direction::Ascending,
            limit: 256,
            after: None,
        };
        let now = self.clock.now();
        let (mut held, mut orphaned, mut highest) = (Vec::new(), Vec::new(), None);
        for item in self.tables.query(query).await?.items {
            let reader = Reader(&item.attributes);
            if !self.is_free(reader.number(UNTIL)?, now) {
                held.push(item.key.sort.clone());
            } else if !item.attributes.contains_key(ENDED) {
                orphaned.push(item.key.sort.clone());
            }
            highest = highest.max(item.attributes.get(HIGHEST).and_then(|value| match value {
                Value::Number(millis) => Some(Timestamp::from_millis(*millis)),
                _ => None,
            }));
        }
        let numbers = || (0..=u8::MAX).take(self.leased.count.into());
        let is_among =
            |sorts: &[CompactString], number| sorts.contains(&keys::lease(self.leased.partition, number).sort);
        Ok(Survey {
            free: numbers().filter(|number| !is_among(&held, *number)).collect(),
            orphaned: numbers().filter(|number| is_among(&orphaned, *number)).collect(),
            any_held: !held.is_empty(),
            highest,
        })
    }

    async fn write(&self, lease: &Lease, is_ended: bool, condition: Condition) -> Result<bool, Error> {
        let mut attributes = Attributes::from_iter([
            (OWNER.into(), Value::Bytes(lease.owner.clone())),
            (UNTIL.into(), Value::Number(lease.until.millis())),
            // Much longer than it can be of use.
            (EXPIRES.into(), Value::Number(lease.until.plus_millis(24 * 3_600_000).seconds())),
        ]);
        if is_ended {
            attributes.insert(ENDED.into(), Value::Flag(true));
        }
        if let Some(highest) = lease.highest {
            attributes.insert(HIGHEST.into(), Value::Number(highest.millis()));
        }
        let action = Action {
            table: PLATFORM,
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
