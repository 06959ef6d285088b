//! How fast a body has to go on, of a request or of an answer: by when more of it has to have moved.

use std::time::{Duration, Instant};

/// How slow a body may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slowest {
    /// For so long nothing may move, at the beginning or after enough has moved.
    pub(super) silence: Duration,
    /// On average so many bytes a second have to move.
    pub(super) rate: u32,
}

/// How slow a client may be in taking an answer. What a connection sends is known by what the system takes of it, some
/// 80 KiB at a time: at the slowest that is one in this time.
pub(super) const UNREAD: Slowest = Slowest { silence: Duration::from_secs(20), rate: 4 * 1024 };

/// By when more has to have moved. What moves gives as much time as it may take at the slowest; time is not saved beyond
/// the silence that is allowed, or who was fast at first could hold the rest for minutes.
#[derive(Debug)]
pub(super) struct Pace {
    slowest: Slowest,
    deadline: Instant,
}

impl Pace {
    /// Begins now.
    pub(super) fn new(slowest: Slowest, now: Instant) -> Self {
        Self { slowest, deadline: now + slowest.silence }
    }

    /// So many bytes have moved.
    pub(super) fn moved(&mut self, bytes: usize, now: Instant) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let earned = Duration::from_secs(bytes.into()) / self.slowest.rate;
        self.deadline = (self.deadline + earned).min(now + self.slowest.silence);
    }

    /// By when more has to have moved.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }
}
