//! Time, which always comes in from outside.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use compact_str::ToCompactString as _;
use serde::{Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// A moment: milliseconds since the Unix epoch, not negative, at most the year 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// 9999-12-31T23:59:59.999Z, the last moment that RFC 3339 can write.
const LAST: i64 = 253_402_300_799_999;

impl Timestamp {
    /// The moment so many milliseconds after the Unix epoch, moved into what a `Timestamp` can hold.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, LAST))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0 / 1000
    }

    /// So many milliseconds later, or earlier where negative.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }
}

impl FromStr for Timestamp {
    type Err = String;

    /// Reads RFC 3339, in any offset; finer parts than milliseconds are dropped.
    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?.to_offset(UtcOffset::UTC);
            let millis = i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok()?;
            (0..=LAST).contains(&millis).then_some(Self(millis))
        };
        read().ok_or_else(|| "must be a time as RFC 3339 writes it, such as 2026-11-20T18:30:00Z".to_owned())
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339, UTC, milliseconds.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = OffsetDateTime::from_unix_timestamp(self.seconds()).map_err(|_| fmt::Error)?;
        let ((year, month, day), (hour, minute, second)) = (moment.to_calendar_date(), moment.to_hms());
        // By hand, digit by digit: pages hold many of these, and a general format takes ten times as long.
        let mut text = *b"0000-00-00T00:00:00.000Z";
        put(&mut text[..4], year.unsigned_abs());
        for (place, part) in [(5, month.into()), (8, day), (11, hour), (14, minute), (17, second)] {
            put(&mut text[place..place + 2], part.into());
        }
        put(&mut text[20..23], u32::try_from(self.0 % 1000).unwrap_or_default());
        formatter.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_compact_string())
    }
}

/// Puts the last digits of a number where there is room for them.
fn put(room: &mut [u8], mut number: u32) {
    for digit in room.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
}

/// Where the present moment comes from, and how much time passes.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    elapsed: Arc<dyn Fn() -> Duration + Send + Sync>,
}

impl Clock {
    /// A clock that asks `now` for the moment, and the machine for how much time passes.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self::with_elapsed(now, since_boot)
    }

    /// A clock that asks `now` for the moment, and `elapsed` for how much time has passed since some start.
    pub fn with_elapsed(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        elapsed: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), elapsed: Arc::new(elapsed) }
    }

    /// The machine's clock: the one place that reads it.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "everyone else is given a Clock")]
    pub fn system() -> Self {
        Self::new(|| {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
        })
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// How much time has passed since some start, whatever is done to the machine's clock: for rates, leases and
    /// deadlines. Goes on while the machine is suspended.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        (self.elapsed)()
    }
}

#[cfg(target_os = "linux")]
fn since_boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
}

/// Since the first call.
#[cfg(not(target_os = "linux"))]
fn since_boot() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}
