//! Time. The domain gets it from a [`Clock`], so that tests can control it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use compact_str::ToCompactString as _;
use serde::{Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// A time in milliseconds since the Unix epoch, from 0 to the end of the year 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// 9999-12-31T23:59:59.999Z, the latest time that RFC 3339 can express.
const LAST: i64 = 253_402_300_799_999;

impl Timestamp {
    /// Returns the time that many milliseconds after the Unix epoch, clamped to the range of a `Timestamp`.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, LAST))
    }

    /// Returns the milliseconds since the Unix epoch.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Returns the whole seconds since the Unix epoch.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0 / 1000
    }

    /// Returns the time that many milliseconds later, or earlier if negative.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }
}

impl FromStr for Timestamp {
    type Err = String;

    /// Parses RFC 3339 with any offset. Fractions finer than milliseconds are dropped.
    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?.to_offset(UtcOffset::UTC);
            let millis = i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok()?;
            (0..=LAST).contains(&millis).then_some(Self(millis))
        };
        read().ok_or_else(|| "must be an RFC 3339 time, such as 2026-11-20T18:30:00Z".to_owned())
    }
}

impl fmt::Display for Timestamp {
    /// Formats as RFC 3339 in UTC with milliseconds.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = OffsetDateTime::from_unix_timestamp(self.seconds()).map_err(|_| fmt::Error)?;
        let ((year, month, day), (hour, minute, second)) = (moment.to_calendar_date(), moment.to_hms());
        // Formatted by hand, because pages hold many timestamps and a general formatter takes ten times as long.
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

/// Writes the last digits of a number, as many as there is room for.
fn put(room: &mut [u8], mut number: u32) {
    for digit in room.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
}

/// The source of the current time and of elapsed time.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    elapsed: Arc<dyn Fn() -> Duration + Send + Sync>,
}

impl Clock {
    /// Creates a clock that gets the time from `now` and the elapsed time from the machine.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self::with_elapsed(now, since_boot)
    }

    /// Creates a clock that gets the time from `now` and the time elapsed since some start from `elapsed`.
    pub fn with_elapsed(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        elapsed: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), elapsed: Arc::new(elapsed) }
    }

    /// Returns the machine's clock. Only this function reads it.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "everyone else is given a Clock")]
    pub fn system() -> Self {
        Self::new(|| {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
        })
    }

    /// Returns the current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// Returns a function that gets the current time in Unix seconds from this clock.
    #[must_use]
    pub fn unix_seconds(&self) -> Arc<dyn Fn() -> i64 + Send + Sync> {
        let now = Arc::clone(&self.now);
        Arc::new(move || now().seconds())
    }

    /// Returns the time elapsed since some start, unaffected by changes of the machine's clock. For rates, leases and
    /// deadlines. On Linux it includes the time that the machine was suspended.
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

/// Returns the time since the first call.
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
