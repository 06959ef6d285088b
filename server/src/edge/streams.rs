//! The streams of HTTP/2 connections: one whose client does not take its answer is reset. A window of 0 keeps the library
//! from ever asking for more of a body, so that the body itself cannot notice that its time is over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::rt::Executor;
use tokio::sync::Notify;

use super::answers::Answer;
use super::connection_deadline::{ConnectionDeadline, IDLE};
use super::pace::{Pace, UNREAD};

/// When all of a body is with the library, so long may the last of it stay there: that is 96 KiB at most.
const LAST: Duration = Duration::from_secs(30);
/// So long it takes at most until a reset stream has dropped its body.
const RESETTING: Duration = Duration::from_secs(2);

tokio::task_local! {
    /// The stream that this task serves.
    static STREAM: Arc<Stream>;
}

/// One stream, and how far its client has come with the answer.
#[derive(Debug)]
pub(super) struct Stream {
    guard: Arc<ConnectionDeadline>,
    /// There when an answer is.
    pace: Mutex<Option<Pace>>,
    answered: Notify,
    holds: AtomicBool,
    released: Notify,
}

/// Runs the streams of one connection, each in a task of its own.
#[derive(Debug, Clone)]
pub(super) struct Streams(pub(super) Arc<ConnectionDeadline>);

impl<Served: Future<Output = ()> + Send + 'static> Executor<Served> for Streams {
    fn execute(&self, served: Served) {
        tokio::spawn(Stream::new(Arc::clone(&self.0)).serve(served));
    }
}

/// An answer that tells the stream of this task how far it has come.
pub(super) fn watched(answer: Answer) -> Answer {
    let stream = STREAM.try_with(Arc::clone);
    let Ok(stream) = stream else { return answer };
    stream.begin();
    answer.map(|body| body.on(&stream))
}

impl Stream {
    fn new(guard: Arc<ConnectionDeadline>) -> Arc<Self> {
        Arc::new(Self {
            guard,
            pace: Mutex::default(),
            answered: Notify::new(),
            holds: AtomicBool::new(false),
            released: Notify::new(),
        })
    }

    /// Serves it until all of the answer is with the library; in the end none of it is left anywhere.
    async fn serve(self: Arc<Self>, served: impl Future<Output = ()>) {
        // What is served is dropped when its time is over, and with it the stream is reset.
        let last = tokio::select! {
            biased;
            () = STREAM.scope(Arc::clone(&self), served) => LAST,
            () = self.late() => RESETTING,
        };
        let released = async {
            while self.holds.load(Ordering::Acquire) {
                self.released.notified().await;
            }
        };
        // A stream that is done cannot be reset any more, nor can any where the client does not read at all.
        if tokio::time::timeout(last, released).await.is_err() {
            self.guard.cut();
        }
    }

    /// Waits until the client is too late.
    async fn late(&self) {
        self.answered.notified().await;
        while let Some(deadline) = self.deadline().filter(|deadline| Instant::now() < *deadline) {
            tokio::time::sleep_until(deadline.into()).await;
        }
    }

    fn begin(&self) {
        *self.pace.lock().unwrap_or_else(PoisonError::into_inner) = Some(Pace::new(UNREAD, Instant::now()));
        self.answered.notify_one();
    }

    fn deadline(&self) -> Option<Instant> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(Pace::deadline)
    }

    /// The library has taken so much of the body.
    pub(super) fn took(&self, bytes: usize) {
        if let Some(pace) = &mut *self.pace.lock().unwrap_or_else(PoisonError::into_inner) {
            pace.moved(bytes, Instant::now());
        }
        self.guard.extend(IDLE);
    }

    /// Bytes are held for it, until they are released.
    pub(super) fn holds(&self) {
        self.holds.store(true, Ordering::Release);
    }

    pub(super) fn released(&self) {
        self.holds.store(false, Ordering::Release);
        self.released.notify_one();
    }
}
