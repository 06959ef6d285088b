//! An engine around another, in whose calls goes wrong what a test orders: what networks and stores do on bad
//! days, at the call where it hurts.

mod delayed;
mod plan;

use std::sync::{Arc, Mutex, MutexGuard};

use twclone_domain::item_store::api::{
    Action, Engine, Examination, Item, Key, Query, QueryPage, Reply, ScanPage, StoreError, Table, TableStatus, Write,
};

use self::delayed::Delayed;
use self::plan::{Plan, When};

/// What goes wrong in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done, and this is the answer. A conflict comes to transactions alone.
    Refuse(StoreError),
    /// All is done, but the answer is lost on its way: the caller hears this.
    Lose(StoreError),
    /// The caller is told that time has run out. What a transaction was to do is done later, when the test says
    /// [`Faults::release`]; other calls do nothing.
    Delay,
    /// Nothing is done, and no answer comes.
    Hang,
    /// All is done, and no answer comes.
    Mute,
    /// A query answers so many items at most, and where to go on. Other calls do what they should.
    ShortPage(u32),
    /// A batch of writes does so many of them, and the rest is refused. Other calls do what they should.
    Part(usize),
    /// The call panics.
    Panic,
}

/// Which call it is.
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
    /// Any call on leases. A server renews its own when it is time, and would take a fault that is meant for a
    /// request: so faults meet these only where they are named.
    Lease,
    /// Any call on a profile; likewise, for they are written beside the requests.
    Profile,
    /// Any call on the queue of jobs; likewise, for it is looked at every half second.
    Job,
    /// Any call on the registry of instances; likewise, for they announce themselves every two seconds.
    Instance,
}

/// The engine with faults.
#[derive(Debug)]
pub struct Faults {
    inner: Arc<dyn Engine>,
    plan: Mutex<Plan>,
    delayed: Mutex<Vec<Delayed>>,
}

impl Faults {
    /// Around this engine; nothing goes wrong yet.
    #[must_use]
    pub fn around(inner: Arc<dyn Engine>) -> Arc<Self> {
        Arc::new(Self { inner, plan: Mutex::default(), delayed: Mutex::default() })
    }

    /// The `nth` call from now on goes wrong, whatever it is; the first is 1.
    pub fn at(&self, nth: u64, fault: Fault) {
        self.order(When::At(nth), None, fault);
    }

    /// The `nth` call of a kind goes wrong.
    pub fn at_the(&self, nth: u64, operation: Operation, fault: Fault) {
        self.order(When::At(nth), Some(operation), fault);
    }

    /// The `nth` call goes wrong, and every call behind it.
    pub fn from(&self, nth: u64, fault: Fault) {
        self.order(When::From(nth), None, fault);
    }

    /// The `nth` call of a kind goes wrong, and every one of them behind it.
    pub fn from_the(&self, nth: u64, operation: Operation, fault: Fault) {
        self.order(When::From(nth), Some(operation), fault);
    }

    /// About one call in `one_in` goes wrong, other ones for each seed.
    pub fn sometimes(&self, seed: u64, one_in: u64, fault: Fault) {
        self.order(When::Sometimes { seed, one_in }, None, fault);
    }

    /// Nothing goes wrong any more. Answers how many calls came for which a fault was ordered.
    pub fn end(&self) -> u64 {
        std::mem::take(&mut *lock(&self.plan)).met
    }

    /// How many calls came since something was ordered, of the kind that was.
    pub fn seen(&self) -> u64 {
        lock(&self.plan).seen
    }

    /// Does what was delayed; back when it is done. Not from an async task.
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

/// A call to which a fault happens. Nothing of it is done before it is awaited.
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
        // As a panic does, but silently: it is no news.
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
