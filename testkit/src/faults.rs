//! An engine that wraps another and injects faults into its calls: a test orders a network or store failure for an
//! exact call.

mod delayed;
mod plan;

use std::sync::{Arc, Mutex, MutexGuard};

use item_store::api::{
    Action, Engine, Examination, Item, Key, Query, QueryPage, Reply, ScanPage, StoreError, Table, TableStatus, Write,
};

use self::delayed::Delayed;
use self::plan::{Plan, When};

/// A failure of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done, and the caller gets this error. A conflict only affects transactions and the kinds
    /// [`Operation::Lease`], [`Operation::Profile`] and [`Operation::Instance`].
    Refuse(StoreError),
    /// The call is executed, but its response is lost and the caller gets this error. For conflicts, see
    /// [`Fault::Refuse`].
    Lose(StoreError),
    /// The caller gets a timeout. A transaction is executed later, when the test calls [`Faults::release`]. Other
    /// calls are not executed.
    Delay,
    /// Nothing is done, and the call never returns.
    Hang,
    /// The call is executed, but never returns. If it fails, it returns its error.
    Mute,
    /// A query returns at most this many items, and a cursor for the rest. Other calls are not affected.
    ShortPage(u32),
    /// A batch executes only this many writes, and then returns `Overloaded`. Other calls are not affected.
    Part(usize),
    /// The call panics.
    Panic,
}

/// The kind of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the methods of the engine, by their names")]
pub enum Operation {
    Get,
    BatchGet,
    Query,
    Scan,
    Transact,
    BatchWrite,
    CreateTables,
    Describe,
    Check,
    Ping,
    /// A get, query or transaction on leases. Servers renew theirs in the background and would consume a fault that is
    /// meant for a request. So only a fault for this kind affects these calls.
    Lease,
    /// A get, query or transaction on a profile. Like leases, because profiles are also written in the background.
    Profile,
    /// A get, query or transaction on the job queue. Like leases, because it is polled every half second.
    Job,
    /// A get, query or transaction on the instance registry. Like leases, because instances send heartbeats: every ten
    /// seconds, or after two if their load changes.
    Instance,
}

/// An engine that injects faults. One fault is ordered at a time; a new order replaces the one before.
#[derive(Debug)]
pub struct Faults {
    inner: Arc<dyn Engine>,
    plan: Mutex<Plan>,
    delayed: Mutex<Vec<Delayed>>,
}

impl Faults {
    /// Wraps this engine. No fault is ordered yet.
    #[must_use]
    pub fn around(inner: Arc<dyn Engine>) -> Arc<Self> {
        Arc::new(Self { inner, plan: Mutex::default(), delayed: Mutex::default() })
    }

    /// Makes the `nth` call from now on fail. Skips the kinds that a fault has to name, from [`Operation::Lease`] on.
    /// The first call is 1.
    pub fn at(&self, nth: u64, fault: Fault) {
        self.order(When::At(nth), None, fault);
    }

    /// Makes the `nth` call of a kind fail.
    pub fn at_the(&self, nth: u64, operation: Operation, fault: Fault) {
        self.order(When::At(nth), Some(operation), fault);
    }

    /// Makes the `nth` call and every call after it fail.
    pub fn from(&self, nth: u64, fault: Fault) {
        self.order(When::From(nth), None, fault);
    }

    /// Makes the `nth` call of a kind and every later one of that kind fail.
    pub fn from_the(&self, nth: u64, operation: Operation, fault: Fault) {
        self.order(When::From(nth), Some(operation), fault);
    }

    /// Makes about one call in `one_in` fail. The seed selects the calls.
    pub fn sometimes(&self, seed: u64, one_in: u64, fault: Fault) {
        self.order(When::Sometimes { seed, one_in }, None, fault);
    }

    /// Ends the faults, and returns how many calls a fault was due for.
    pub fn end(&self) -> u64 {
        std::mem::take(&mut *lock(&self.plan)).met
    }

    /// Returns how many calls of the ordered kind came since the order.
    pub fn seen(&self) -> u64 {
        lock(&self.plan).seen
    }

    /// Executes the delayed transactions, and waits until they are done. Blocks: do not call it from an async task.
    pub fn release(&self) {
        let delayed = std::mem::take(&mut *lock(&self.delayed));
        for delayed in delayed {
            delayed.release(&self.inner);
        }
    }

    fn order(&self, when: When, operation: Option<Operation>, fault: Fault) {
        *lock(&self.plan) = Plan::new(when, operation, fault);
    }

    fn next(&self, operation: Operation) -> Option<Fault> {
        lock(&self.plan).next(operation)
    }

    async fn call<T>(&self, operation: Operation, call: Reply<'_, T>) -> Result<T, StoreError> {
        suffer(self.next(operation), call).await
    }

    async fn short(&self, operation: Operation, query: Query) -> Result<QueryPage, StoreError> {
        match self.next(operation) {
            Some(Fault::ShortPage(0)) => plan::empty_page(&*self.inner, query).await,
            Some(Fault::ShortPage(most)) => self.inner.query(Query { limit: query.limit.min(most), ..query }).await,
            fault => suffer(fault, self.inner.query(query)).await,
        }
    }

    async fn delay(&self, operation: Operation, actions: Vec<Action>) -> Result<(), StoreError> {
        match self.next(operation) {
            Some(Fault::Delay) => {
                lock(&self.delayed).push(Delayed::new(actions));
                Err(StoreError::Timeout)
            }
            fault => suffer(fault, self.inner.transact(actions)).await,
        }
    }

    async fn part(&self, mut writes: Vec<Write>) -> Result<(), StoreError> {
        match self.next(Operation::BatchWrite) {
            Some(Fault::Part(done)) => {
                writes.truncate(done);
                self.inner.batch_write(writes).await?;
                Err(StoreError::Overloaded)
            }
            fault => suffer(fault, self.inner.batch_write(writes)).await,
        }
    }
}

/// Executes a call with a fault. `call` does nothing until it is awaited.
async fn suffer<T>(fault: Option<Fault>, call: Reply<'_, T>) -> Result<T, StoreError> {
    match fault {
        None | Some(Fault::ShortPage(_) | Fault::Part(_)) => call.await,
        Some(Fault::Refuse(error)) => Err(error),
        Some(Fault::Lose(error)) => call.await.and(Err(error)),
        Some(Fault::Delay) => Err(StoreError::Timeout),
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Mute) => {
            call.await?;
            std::future::pending().await
        }
        // Panics without a message on standard error, because the panic is expected.
        Some(Fault::Panic) => std::panic::resume_unwind(Box::new("a panic that a test ordered")),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

impl Engine for Faults {
    fn get(&self, table: Table, key: Key) -> Reply<'_, Option<Arc<Item>>> {
        Box::pin(self.call(plan::kind(&key.partition, Operation::Get), self.inner.get(table, key)))
    }

    fn batch_get(&self, keys: Vec<(Table, Key)>) -> Reply<'_, Vec<(Table, Arc<Item>)>> {
        Box::pin(self.call(Operation::BatchGet, self.inner.batch_get(keys)))
    }

    fn query(&self, query: Query) -> Reply<'_, QueryPage> {
        Box::pin(self.short(plan::kind(&query.partition, Operation::Query), query))
    }

    fn salvage(&self, query: Query) -> Reply<'_, (QueryPage, Vec<String>)> {
        self.inner.salvage(query)
    }

    fn scan(&self, table: Table, after: Option<Key>, limit: u32) -> Reply<'_, ScanPage> {
        Box::pin(self.call(Operation::Scan, self.inner.scan(table, after, limit)))
    }

    fn transact(&self, actions: Vec<Action>) -> Reply<'_, ()> {
        let partition = actions.first().map(|action| action.key.partition.as_str()).unwrap_or_default();
        Box::pin(self.delay(plan::kind(partition, Operation::Transact), actions))
    }

    fn batch_write(&self, writes: Vec<Write>) -> Reply<'_, ()> {
        Box::pin(self.part(writes))
    }

    fn create_tables(&self) -> Reply<'_, Vec<String>> {
        Box::pin(self.call(Operation::CreateTables, self.inner.create_tables()))
    }

    fn describe(&self) -> Reply<'_, Vec<TableStatus>> {
        Box::pin(self.call(Operation::Describe, self.inner.describe()))
    }

    fn check(&self) -> Reply<'_, Examination> {
        Box::pin(self.call(Operation::Check, self.inner.check()))
    }

    fn ping(&self) -> Reply<'_, ()> {
        Box::pin(self.call(Operation::Ping, self.inner.ping()))
    }
}
