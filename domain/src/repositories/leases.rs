//! Leases on numbers, in the table `platform`: nobody else has the same one at a time.

use std::time::Duration;

use compact_str::CompactString;

use super::items::Reader;
use super::keys;
use crate::item_store::Tables;
use crate::item_store::api::{
    Action, Attributes, Condition, Direction, EXPIRES, Effect, Query, SortRange, StoreError, Table, Value,
};
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
/// That its holder gave a lease back. One that ran out without that is of a process that was killed.
const ENDED: &str = "ended";
const HIGHEST: &str = "highest";
/// How long a process that was killed may have gone on behind what its lease says it had reached: a renewal and a half.
const UNSAID: i64 = 15_000;

/// The right to a number until some moment.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    pub(crate) number: u8,
    /// When it began; or, where the clock was set back since, a time that nobody who had one of these numbers reached.
    pub(crate) since: Timestamp,
    until: Timestamp,
    /// How much time may pass on this process's clock until it ends.
    pub(crate) holds_until: Duration,
    /// The time that its holder has reached, which others go on from.
    pub(crate) highest: Option<Timestamp>,
    owner: Vec<u8>,
}

/// What the leases say.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// The numbers that nobody holds.
    pub(crate) free: Vec<u8>,
    /// Those of them that somebody held to the end of a lease, and did not give back.
    pub(crate) orphaned: Vec<u8>,
    /// Whether anybody holds one.
    pub(crate) any_held: bool,
    /// The time that those who held one have reached.
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

    /// Takes a lease on a number that nobody holds; one that has run out only when no clock of another
    /// machine can think that it still holds. Costs a query and a transaction.
    ///
    /// # Errors
    /// `Unavailable` where all are held.
    pub(crate) async fn take(&self) -> Result<Lease, Error> {
        for _ in 0..ATTEMPTS {
            let Survey { free, highest, .. } = self.survey().await?;
            let place = usize::from(u16::from_be_bytes(self.randomness.bytes()?)) % free.len().max(1);
            let number = *free.get(place).ok_or_else(|| {
                let (partition, count) = (self.leased.partition, self.leased.count);
                Error::Unavailable(format!(
                    "all {count} {partition} are taken; wait a minute for those of ended processes"
                ))
            })?;
            if let Some(lease) = self.take_behind(number, highest.max(Some(self.clock.now()))).await? {
                return Ok(lease);
            }
        }
        Err(Error::Overloaded)
    }

    /// Takes a lease on a certain number, where nobody holds it. Costs a transaction; where it is held, a read more, and
    /// another transaction where it is leased for longer than anyone can.
    pub(crate) async fn take_one(&self, number: u8) -> Result<Option<Lease>, Error> {
        self.take_behind(number, None).await
    }

    async fn take_behind(&self, number: u8, highest: Option<Timestamp>) -> Result<Option<Lease>, Error> {
        let now = self.clock.now();
        let since = match highest {
            // Of another machine, whose clock is a little ahead.
            Some(highest) if highest > now.plus_millis(self.leased.skew) => highest.plus_millis(UNSAID),
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
        let Some(item) = self.tables.get(Table::Platform, keys::lease(self.leased.partition, number)).await? else {
            return Ok(None);
        };
        let until = Reader(&item.attributes).number(UNTIL)?;
        let as_found = Condition::Equals(UNTIL, Value::Number(until));
        let taken = self.is_free(until, now) && self.write(&lease, false, as_found).await?;
        Ok(taken.then_some(lease))
    }

    /// The same lease, from now on.
    fn now_holding(&self, lease: Lease) -> Lease {
        let lifetime = Duration::from_millis(self.leased.lifetime.unsigned_abs());
        let (until, holds_until) =
            (self.clock.now().plus_millis(self.leased.lifetime), self.clock.elapsed() + lifetime);
        Lease { until, holds_until, ..lease }
    }

    /// Whether a lease until then holds no longer, or for longer than anyone can have it: that was taken by a clock that
    /// was ahead.
    fn is_free(&self, until: i64, now: Timestamp) -> bool {
        let (over, latest) =
            (now.plus_millis(-self.leased.skew), now.plus_millis(self.leased.lifetime + self.leased.skew));
        until < over.millis() || until > latest.millis()
    }

    /// Lets a lease hold longer. `None` where somebody else has it now.
    pub(crate) async fn renew(&self, lease: &Lease) -> Result<Option<Lease>, Error> {
        let renewed = self.now_holding(lease.clone());
        let own = Condition::Equals(OWNER, Value::Bytes(lease.owner.clone()));
        Ok(self.write(&renewed, false, own).await?.then_some(renewed))
    }

    /// Ends a lease now, for others to take.
    pub(crate) async fn give_back(&self, lease: &Lease) -> Result<(), Error> {
        let ended = Lease { until: self.clock.now().plus_millis(1), ..lease.clone() };
        let own = Condition::Equals(OWNER, Value::Bytes(lease.owner.clone()));
        self.write(&ended, true, own).await.map(drop)
    }

    /// The numbers that nobody holds. Costs a query.
    pub(crate) async fn free(&self) -> Result<Vec<u8>, Error> {
        Ok(self.survey().await?.free)
    }

    /// What all leases say. Costs a query.
    pub(crate) async fn survey(&self) -> Result<Survey, Error> {
        let query = Query {
            table: Table::Platform,
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
            // Long after it can be of any use.
            (EXPIRES.into(), Value::Number(lease.until.plus_millis(24 * 3_600_000).seconds())),
        ]);
        if is_ended {
            attributes.insert(ENDED.into(), Value::Flag(true));
        }
        if let Some(highest) = lease.highest {
            attributes.insert(HIGHEST.into(), Value::Number(highest.millis()));
        }
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
