//! Timeouts of connections: the deadline by which each has to make progress, and whether one of its requests is in
//! progress.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::head::Refusal;
use super::shares::{Share, Shares};

/// Timeout for the head of a request, from the start of the connection or from the first byte of the head.
pub(crate) const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may stay without a request, or without the client reading any of a response.
pub(crate) const IDLE: Duration = Duration::from_mins(1);
/// How often the deadlines are checked.
const SWEEP: Duration = Duration::from_millis(250);

/// The deadlines and state of one connection.
#[derive(Debug)]
pub(super) struct ConnectionDeadline {
    began: Instant,
    /// In milliseconds after `began`.
    deadline: AtomicU64,
    /// How many of its requests are in progress. While there are any, the connection is not closed for being idle.
    running: AtomicU32,
    /// Deadline for the client to read more of a response, in milliseconds after `began`. It holds even while
    /// requests are in progress.
    unread: AtomicU64,
    /// How many heads have been read (`heads`), how many requests have started (`taken`), and which head is refused.
    heads: AtomicU32,
    taken: AtomicU32,
    refusal: Mutex<Option<(u32, Refusal)>>,
    closed: Notify,
}

impl ConnectionDeadline {
    fn new() -> Self {
        let guard = Self {
            began: Instant::now(),
            deadline: AtomicU64::new(0),
            running: AtomicU32::new(0),
            unread: AtomicU64::new(u64::MAX),
            heads: AtomicU32::new(0),
            taken: AtomicU32::new(0),
            refusal: Mutex::default(),
            closed: Notify::new(),
        };
        guard.extend(HEAD);
        guard
    }

    /// Requires progress within this time from now.
    pub(super) fn extend(&self, time: Duration) {
        self.deadline.store(millis(self.began.elapsed() + time), Ordering::Relaxed);
    }

    /// Sets the deadline for the client to read more of a response. `None` if it has read everything.
    pub(super) fn must_take_by(&self, deadline: Option<Instant>) {
        let deadline = deadline.map_or(u64::MAX, |at| millis(at.saturating_duration_since(self.began)));
        self.unread.store(deadline, Ordering::Relaxed);
    }

    /// Closes the connection, whatever it is doing.
    pub(super) fn cut(&self) {
        self.must_take_by(Some(self.began));
        self.closed.notify_one();
    }

    /// Records that a head has been read.
    pub(super) fn read_head(&self) {
        self.heads.fetch_add(1, Ordering::Relaxed);
    }

    /// Records that a head has been read and is refused. The request that takes its place reports the refusal.
    pub(super) fn refuse(&self, refusal: Refusal) {
        let head = self.heads.fetch_add(1, Ordering::Relaxed);
        *lock(&self.refusal) = Some((head, refusal));
    }

    /// Marks a request as in progress until the returned guard is dropped: it was answered, or its client cancelled
    /// it.
    pub(super) fn begin(&self) -> Running<'_> {
        self.running.fetch_add(1, Ordering::Relaxed);
        Running(self)
    }

    /// Returns why the next request is refused, if it is. HTTP/1 requests come in the order of their heads.
    pub(super) fn next_refusal(&self) -> Option<Refusal> {
        let place = self.taken.fetch_add(1, Ordering::Relaxed);
        lock(&self.refusal).filter(|(head, _)| *head == place).map(|(_, refusal)| refusal)
    }

    /// Waits until the connection has to close.
    pub(super) async fn closed(&self) {
        self.closed.notified().await;
        // A request may have arrived since the notification.
        while !self.is_over() {
            self.closed.notified().await;
        }
    }

    fn is_over(&self) -> bool {
        let now = millis(self.began.elapsed());
        let is_silent = self.running.load(Ordering::Relaxed) == 0 && now > self.deadline.load(Ordering::Relaxed);
        is_silent || now > self.unread.load(Ordering::Relaxed)
    }
}

/// A request in progress, until this is dropped.
pub(super) struct Running<'a>(&'a ConnectionDeadline);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.extend(IDLE);
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// All open connections, whose number is limited.
#[derive(Debug)]
pub(super) struct Connections {
    shares: Arc<Shares>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    guards: HashMap<u64, Arc<ConnectionDeadline>>,
}

/// An admitted connection. Dropping this frees its place.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) guard: Arc<ConnectionDeadline>,
    number: u64,
    connections: Arc<Connections>,
    _share: Share,
}

impl Connections {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { shares: Shares::new(most), open: Mutex::default() })
    }

    /// Admits a connection unless there are too many in total, or from its client subnet.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr, is_proxy: bool) -> Option<Admitted> {
        let share = if is_proxy { self.shares.take_for_proxy(peer, 1) } else { self.shares.take(peer, 1) }?;
        let mut open = lock(&self.open);
        let (guard, number) = (Arc::new(ConnectionDeadline::new()), open.next);
        open.next += 1;
        open.guards.insert(number, Arc::clone(&guard));
        Some(Admitted { guard, number, connections: Arc::clone(self), _share: share })
    }

    /// Returns the number of open connections.
    pub(super) fn count(&self) -> usize {
        lock(&self.open).guards.len()
    }

    /// Closes connections whose deadline has passed. Never returns.
    pub(super) async fn sweep(&self) {
        loop {
            tokio::time::sleep(SWEEP).await;
            let over: Vec<_> = lock(&self.open).guards.values().filter(|guard| guard.is_over()).cloned().collect();
            for guard in over {
                guard.closed.notify_one();
            }
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        lock(&self.connections.open).guards.remove(&self.number);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
