//! The streams of HTTP/2 connections. A stream whose client does not read its response is reset. While the client's
//! window is 0, hyper never polls the body, so the body itself cannot notice that its deadline has passed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::rt::Executor;
use tokio::sync::Notify;

use super::answers::Answer;
use super::connection_deadline::{ConnectionDeadline, IDLE};
use super::pace::{Pace, UNREAD};

/// How long the last part of a body, at most 96 KiB, may stay in hyper's buffers once hyper has all of the body.
const LAST: Duration = Duration::from_secs(30);
/// How long a reset stream may take to drop its body.
const RESETTING: Duration = Duration::from_secs(2);

tokio::task_local! {
    /// The stream that this task serves.
    static STREAM: Arc<Stream>;
}

/// A stream, and how much of the response its client has read.
#[derive(Debug)]
pub(super) struct Stream {
    guard: Arc<ConnectionDeadline>,
    /// Set when there is a response.
    pace: Mutex<Option<Pace>>,
    answered: Notify,
    holds: AtomicBool,
    released: Notify,
}

/// Runs the streams of one connection, each in its own task.
#[derive(Debug, Clone)]
pub(super) struct Streams(pub(super) Arc<ConnectionDeadline>);

impl<Served: Future<Output = ()> + Send + 'static> Executor<Served> for Streams {
    fn execute(&self, served: Served) {
        tokio::spawn(Stream::new(Arc::clone(&self.0)).serve(served));
    }
}

/// Returns a response that reports its progress to the stream of this task.
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

    /// Serves the stream until hyper has all of the response, then waits until the body is dropped.
    async fn serve(self: Arc<Self>, served: impl Future<Output = ()>) {
        // At the deadline, `served` is dropped, which resets the stream.
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
        // A completed stream cannot be reset, nor can any if the client does not read at all. So the connection is
        // closed.
        if tokio::time::timeout(last, released).await.is_err() {
            self.guard.cut();
        }
    }

    /// Waits until the client is too slow.
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

    /// Records that hyper has taken bytes of the body.
    pub(super) fn took(&self, bytes: usize) {
        if let Some(pace) = &mut *self.pace.lock().unwrap_or_else(PoisonError::into_inner) {
            pace.moved(bytes, Instant::now());
        }
        self.guard.extend(IDLE);
    }

    /// Records that the stream holds a counted body, until it is released.
    pub(super) fn holds(&self) {
        self.holds.store(true, Ordering::Release);
    }

    pub(super) fn released(&self) {
        self.holds.store(false, Ordering::Release);
        self.released.notify_one();
    }
}
