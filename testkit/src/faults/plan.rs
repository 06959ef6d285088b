use item_store::api::{Direction, Engine, Query, QueryPage, StoreError};

use super::{Fault, Operation};

/// The calls that fail. Calls are counted from 1.
#[derive(Debug)]
pub(super) enum When {
    At(u64),
    From(u64),
    Sometimes { seed: u64, one_in: u64 },
}

/// The ordered fault, and the counts since the order: matching calls (`seen`) and calls due to fail (`met`).
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

    /// Counts a call, and returns the fault that it meets, if any.
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

/// Returns the kind of a call on a partition. Leases, profiles, jobs and instances have their own kinds.
pub(super) fn kind(partition: &str, operation: Operation) -> Operation {
    match partition {
        "workers" | "shards" | "installation" => Operation::Lease,
        "services" => Operation::Instance,
        partition if partition.starts_with("jobs#") => Operation::Job,
        partition if partition.starts_with("p#") => Operation::Profile,
        _ => operation,
    }
}

/// Returns an empty page with a cursor just before the first item, as servers do that have read past many deleted
/// items. If the query already starts at that cursor, returns the first item. Works only for sort keys that are ids,
/// because only an id has a predecessor; for other keys, the query runs as it is.
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

/// Hashes a number, so that adjacent numbers give unrelated results (one step of splitmix64).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}
