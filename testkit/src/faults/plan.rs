use twclone_domain::item_store::api::{Direction, Engine, Query, QueryPage, StoreError};

use super::{Fault, Operation};

/// At which calls something goes wrong.
#[derive(Debug)]
pub(super) enum When {
    At(u64),
    From(u64),
    Sometimes { seed: u64, one_in: u64 },
}

/// What goes wrong, when, and what came of it so far.
#[derive(Debug, Default)]
pub(super) struct Plan {
    order: Option<(When, Option<Operation>, Fault)>,
    pub(super) seen: u64,
    pub(super) met: u64,
}

impl Plan {
    pub(super) fn new(when: When, operation: Option<Operation>, fault: Fault) -> Self {
        Self { order: Some((when, operation, fault)), seen: 0, met: 0 }
    }

    /// Counts a call, and says what goes wrong in it.
    pub(super) fn next(&mut self, operation: Operation) -> Option<Fault> {
        let (when, wanted, fault) = self.order.as_ref()?;
        let by_itself =
            matches!(operation, Operation::Lease | Operation::Profile | Operation::Job | Operation::Instance);
        if *wanted != Some(operation) && (wanted.is_some() || by_itself) {
            return None;
        }
        self.seen += 1;
        let now = match when {
            When::At(nth) => self.seen == *nth,
            When::From(nth) => self.seen >= *nth,
            When::Sometimes { seed, one_in } => mix(seed ^ mix(self.seen)).is_multiple_of(*one_in),
        };
        self.met += u64::from(now);
        let conflict = matches!(fault, Fault::Refuse(StoreError::Conflict) | Fault::Lose(StoreError::Conflict));
        let writes =
            matches!(operation, Operation::Transact | Operation::Lease | Operation::Profile | Operation::Instance);
        Some(fault.clone()).filter(|_| now && (writes || !conflict))
    }
}

/// The kind of a call on a partition: those of the leases, of the profiles, of jobs and of instances make kinds of their
/// own.
pub(super) fn kind(partition: &str, operation: Operation) -> Operation {
    match partition {
        "workers" | "shards" | "installation" => Operation::Lease,
        "services" => Operation::Instance,
        partition if partition.starts_with("jobs#") => Operation::Job,
        partition if partition.starts_with("p#") => Operation::Profile,
        _ => operation,
    }
}

/// A page with nothing on it before the first item that is there, from which the caller has to go on: servers
/// that read past much that was deleted answer such. One item, where that is where the caller goes on already.
/// Ids alone are keys that have one before them.
pub(super) async fn empty_page(engine: &dyn Engine, query: Query) -> Result<QueryPage, StoreError> {
    let page = engine.query(Query { limit: 1, ..query.clone() }).await?;
    let first = page.items.first().and_then(|item| i64::from_str_radix(&item.key.sort, 16).ok());
    let before = first.filter(|_| page.items[0].key.sort.len() == 16).map(|first| match query.direction {
        Direction::Ascending => first - 1,
        Direction::Descending => first + 1,
    });
    match before.map(|before| format!("{before:016x}").into()) {
        Some(before) if query.after.as_ref() == Some(&before) => Ok(page),
        Some(before) => Ok(QueryPage { items: Vec::new(), next: Some(before) }),
        None => engine.query(query).await,
    }
}

/// Spreads numbers that lie close together (the last step of splitmix64).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}
