//! An engine that wraps another and pauses one call until the test continues it, like a slow worker.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use compact_str::CompactString;
use item_store::api::{
    Action, Engine, Examination, Item, Key, Query, QueryPage, Reply, ScanPage, Table, TableStatus, Write,
};
use tokio::sync::Notify;

#[derive(Debug)]
pub(super) struct Pause {
    inner: Arc<dyn Engine>,
    /// The number of the call that is paused, and the number of calls so far.
    state: Mutex<(Option<u64>, u64)>,
    /// Whether the next transaction is paused.
    before_write: AtomicBool,
    calls: AtomicU64,
    waits: Notify,
    goes_on: Notify,
}

impl Pause {
    pub(super) fn around(inner: Arc<dyn Engine>) -> Arc<Self> {
        let (state, before_write, calls) = (Mutex::new((None, 0)), AtomicBool::new(false), AtomicU64::new(0));
        Arc::new(Self { inner, state, before_write, calls, waits: Notify::new(), goes_on: Notify::new() })
    }

    /// Pauses the `nth` call from now on. The first is 1.
    pub(super) fn before(&self, nth: u64) {
        *self.state.lock().unwrap() = (Some(nth), 0);
    }

    /// Pauses the next transaction, except those on leases, the epoch and profiles, which do not belong to requests.
    pub(super) fn before_write(&self) {
        self.before_write.store(true, Ordering::SeqCst);
    }

    /// Waits until a call is paused.
    pub(super) async fn reached(&self) {
        self.waits.notified().await;
    }

    /// Continues the paused call.
    pub(super) fn release(&self) {
        self.goes_on.notify_one();
    }

    /// Returns the number of calls since the last order.
    pub(super) fn seen(&self) -> u64 {
        self.state.lock().unwrap().1
    }

    /// Returns the number of all calls, including those on leases.
    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    /// Calls on leases and the epoch do not count towards the order, because leases are renewed by time.
    async fn meet(&self, partition: &str) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let waits = {
            let mut state = self.state.lock().unwrap();
            state.1 += u64::from(!matches!(partition, "workers" | "shards" | "installation"));
            let waits = state.0 == Some(state.1);
            state.0 = state.0.filter(|_| !waits);
            waits
        };
        if waits {
            self.wait().await;
        }
    }

    async fn wait(&self) {
        self.waits.notify_one();
        self.goes_on.notified().await;
    }

    fn met<'a, T: Send + 'a>(&'a self, partition: CompactString, call: Reply<'a, T>) -> Reply<'a, T> {
        Box::pin(async move {
            self.meet(&partition).await;
            call.await
        })
    }
}

impl Engine for Pause {
    fn get(&self, table: Table, key: Key) -> Reply<'_, Option<Arc<Item>>> {
        self.met(key.partition.clone(), self.inner.get(table, key))
    }

    fn batch_get(&self, keys: Vec<(Table, Key)>) -> Reply<'_, Vec<(Table, Arc<Item>)>> {
        self.met(CompactString::default(), self.inner.batch_get(keys))
    }

    fn query(&self, query: Query) -> Reply<'_, QueryPage> {
        self.met(query.partition.clone(), self.inner.query(query))
    }

    fn salvage(&self, query: Query) -> Reply<'_, (QueryPage, Vec<String>)> {
        self.inner.salvage(query)
    }

    fn scan(&self, table: Table, after: Option<Key>, limit: u32) -> Reply<'_, ScanPage> {
        self.inner.scan(table, after, limit)
    }

    fn transact(&self, actions: Vec<Action>) -> Reply<'_, ()> {
        let partition = actions.first().map(|action| action.key.partition.clone()).unwrap_or_default();
        let is_aside = matches!(&*partition, "workers" | "shards" | "installation") || partition.starts_with("p#");
        let done = self.met(partition, self.inner.transact(actions));
        Box::pin(async move {
            if !is_aside && self.before_write.swap(false, Ordering::SeqCst) {
                self.wait().await;
            }
            done.await
        })
    }

    fn batch_write(&self, writes: Vec<Write>) -> Reply<'_, ()> {
        self.met(CompactString::default(), self.inner.batch_write(writes))
    }

    fn create_tables(&self) -> Reply<'_, Vec<String>> {
        self.inner.create_tables()
    }

    fn describe(&self) -> Reply<'_, Vec<TableStatus>> {
        self.inner.describe()
    }

    fn check(&self) -> Reply<'_, Examination> {
        self.inner.check()
    }

    fn ping(&self) -> Reply<'_, ()> {
        self.inner.ping()
    }
}
