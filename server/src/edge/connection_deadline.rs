//! Who watches over a connection: by when it has to go on, and whether anything of it is being answered.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::head::Refusal;
use super::shares::{Share, Shares};

/// Within this time the head of a request has to be there, after the connection, or after its own first byte.
pub(super) const HEAD: Duration = Duration::from_secs(10);
/// So long a connection may stay without a request, or without taking anything of an answer.
pub(super) const IDLE: Duration = Duration::from_mins(1);
/// How often it is looked whose time has come.
const SWEEP: Duration = Duration::from_millis(250);

/// One connection.
#[derive(Debug)]
pub(super) struct ConnectionDeadline {
    began: Instant,
    /// Milliseconds after the beginning.
    deadline: AtomicU64,
    /// How many requests of it are being answered: a connection with one is never closed for its silence.
    running: AtomicU32,
    /// By when more of an answer has to have been taken, in milliseconds after the beginning, whatever else goes on.
    unread: AtomicU64,
    /// How many heads came, and which of them is refused.
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

    /// It has to go on within this time from now.
    pub(super) fn extend(&self, time: Duration) {
        self.deadline.store(millis(self.began.elapsed() + time), Ordering::Relaxed);
    }

    /// By then the client has to have taken more of an answer; `None` where it has taken all.
    pub(super) fn must_take_by(&self, deadline: Option<Instant>) {
        let deadline = deadline.map_or(u64::MAX, |at| millis(at.saturating_duration_since(self.began)));
        self.unread.store(deadline, Ordering::Relaxed);
    }

    /// Its time is over, whatever it does.
    pub(super) fn cut(&self) {
        self.must_take_by(Some(self.began));
        self.closed.notify_one();
    }

    /// A head is there.
    pub(super) fn read_head(&self) {
        self.heads.fetch_add(1, Ordering::Relaxed);
    }

    /// A head is there that is refused: the request that stands in its place is to say so.
    pub(super) fn refuse(&self, refusal: Refusal) {
        let head = self.heads.fetch_add(1, Ordering::Relaxed);
        *lock(&self.refusal) = Some((head, refusal));
    }

    /// A request begins to be answered, until what this gives is dropped: it is answered, or its client took it back.
    pub(super) fn begin(&self) -> Running<'_> {
        self.running.fetch_add(1, Ordering::Relaxed);
        Running(self)
    }

    /// Why the next request is refused, if it is. Those of HTTP/1 come in the order of their heads.
    pub(super) fn next_refusal(&self) -> Option<Refusal> {
        let place = self.taken.fetch_add(1, Ordering::Relaxed);
        lock(&self.refusal).filter(|(head, _)| *head == place).map(|(_, refusal)| refusal)
    }

    /// Waits until its time is over.
    pub(super) async fn closed(&self) {
        self.closed.notified().await;
        // A request may have come since.
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

/// That a request is being answered.
pub(super) struct Running<'a>(&'a ConnectionDeadline);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.extend(IDLE);
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// All connections, of which there are so many at most.
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

/// A connection that is let in; it is out when this is dropped.
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

    /// Lets a connection in, if there are not too many in all, or from its address.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr, is_proxy: bool) -> Option<Admitted> {
        let share = if is_proxy { self.shares.take_for_proxy(peer, 1) } else { self.shares.take(peer, 1) }?;
        let mut open = lock(&self.open);
        let (guard, number) = (Arc::new(ConnectionDeadline::new()), open.next);
        open.next += 1;
        open.guards.insert(number, Arc::clone(&guard));
        Some(Admitted { guard, number, connections: Arc::clone(self), _share: share })
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        lock(&self.open).guards.len()
    }

    /// Closes those whose time is over, for ever.
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
