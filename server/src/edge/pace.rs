//! The minimum pace of a request or response body: the deadline by which more of it has to move.

use std::time::{Duration, Instant};

/// The minimum pace of a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slowest {
    /// How long nothing may move, at the start or after enough has moved.
    pub(super) silence: Duration,
    /// Minimum average rate, in bytes per second.
    pub(super) rate: u32,
}

/// Minimum pace at which a client reads a response. Progress is only visible when the system accepts more to send,
/// some 80 KiB at a time. At the minimum rate, that happens once in the allowed silence.
pub(super) const UNREAD: Slowest = Slowest { silence: Duration::from_secs(20), rate: 4 * 1024 };

/// The deadline by which more has to move. Moved bytes extend it by the time that they take at the minimum rate. It
/// never lies further ahead than the allowed silence, or a client that was fast at first could hold the rest for
/// minutes.
#[derive(Debug)]
pub(super) struct Pace {
    slowest: Slowest,
    deadline: Instant,
}

impl Pace {
    /// Starts now.
    pub(super) fn new(slowest: Slowest, now: Instant) -> Self {
        Self { slowest, deadline: now + slowest.silence }
    }

    /// Records that bytes have moved.
    pub(super) fn moved(&mut self, bytes: usize, now: Instant) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let earned = Duration::from_secs(bytes.into()) / self.slowest.rate;
        self.deadline = (self.deadline + earned).min(now + self.slowest.silence);
    }

    /// Returns the deadline by which more has to move.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }
}
