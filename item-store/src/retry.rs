//! Retry policies: how often a call is tried, and how long the pauses are. All of them are here.

use std::time::Duration;

/// Calls of DynamoDB that conflict with others, or that it processes only in part. The pauses take less than 2 s in
/// total, so that the caller gets the conflict and not a timeout.
pub(crate) const DYNAMODB: Policy = Policy { attempts: 8, pause: Duration::from_millis(20), doublings: 5 };
/// The steps of background work, which is itself repeated later if a step fails for longer. The pauses take 0.75 s.
pub const BACKGROUND: Policy = Policy { attempts: 5, pause: Duration::from_millis(50), doublings: 3 };
/// The calls of commands, which run to the end even if a store is overloaded. The pauses take 12.6 s.
pub const COMMAND: Policy = Policy { attempts: 7, pause: Duration::from_millis(200), doublings: 5 };
/// Background work that waits for a store to come back, however long that takes.
pub const OUTAGE: Policy = Policy { attempts: u32::MAX, pause: Duration::from_millis(500), doublings: 6 };

/// Maximum number of attempts of a change whose condition is that nothing has changed since it was read. There is no
/// pause, because a failed condition means that another change is done.
pub const RACES: u32 = 16;

/// How often a call is tried, with pauses that double after each failure.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    pub(crate) attempts: u32,
    /// The pause after the first failure.
    pause: Duration,
    /// How often the pause doubles at most.
    doublings: u32,
}

impl Policy {
    /// Returns the pause after this many failures.
    #[must_use]
    pub fn pause(self, failures: u32) -> Duration {
        failures.checked_sub(1).map_or(Duration::ZERO, |more| self.pause * (1 << more.min(self.doublings)))
    }

    /// Returns a random part of the pause, so that those who failed together do not retry together.
    #[must_use]
    pub fn random_pause(self, failures: u32, random: u8) -> Duration {
        self.pause(failures) * u32::from(random) / u32::from(u8::MAX)
    }

    /// Returns whether a call after this many failures is the last attempt.
    #[must_use]
    pub fn is_last(self, failures: u32) -> bool {
        failures + 1 >= self.attempts
    }

    /// Repeats a call while its errors are temporary. The call gets the number of failures so far.
    ///
    /// # Errors
    /// The first error that is not temporary, or the error of the last attempt.
    pub async fn run<T, E, F: Future<Output = Result<T, E>>>(
        self,
        is_temporary: impl Fn(&E) -> bool,
        call: impl Fn(u32) -> F,
    ) -> Result<T, E> {
        let mut failures = 0;
        loop {
            match call(failures).await {
                Err(error) if is_temporary(&error) && !self.is_last(failures) => failures += 1,
                ended => return ended,
            }
            tokio::time::sleep(self.pause(failures)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Instant;

    use super::*;
    use crate::api::StoreError;

    const QUICK: Policy = Policy { attempts: 4, pause: Duration::from_millis(2), doublings: 1 };

    async fn run(fates: &[Result<u32, StoreError>]) -> (Result<u32, StoreError>, u32) {
        let calls = Cell::new(0);
        let call = async |failures| {
            assert_eq!(calls.replace(failures + 1), failures);
            fates[failures as usize].clone()
        };
        (QUICK.run(|error| *error == StoreError::Overloaded, call).await, calls.get())
    }

    #[tokio::test]
    async fn temporary_errors_are_retried_after_pauses() {
        let begun = Instant::now();
        let busy = Err(StoreError::Overloaded);
        assert_eq!(run(&[busy.clone(), busy.clone(), Ok(7)]).await, (Ok(7), 3));
        assert!(begun.elapsed() >= Duration::from_millis(2 + 4));
        assert_eq!(run(&[busy.clone(), Err(StoreError::Timeout)]).await, (Err(StoreError::Timeout), 2));
        assert_eq!(run(&[busy.clone(), busy.clone(), busy.clone(), busy.clone()]).await, (busy, 4));
    }

    #[test]
    fn pauses_double_up_to_a_limit() {
        let of = |policy: Policy| [0, 1, 2, 6, 7, 1_000].map(|failures| policy.pause(failures).as_millis());
        assert_eq!(of(OUTAGE), [0, 500, 1_000, 16_000, 32_000, 32_000]);
        let total = |policy: Policy| (0..policy.attempts).map(|failures| policy.pause(failures)).sum::<Duration>();
        assert!(total(DYNAMODB) < Duration::from_secs(2));
        assert_eq!(total(BACKGROUND), Duration::from_millis(750));
        assert_eq!(total(COMMAND), Duration::from_millis(12_600));
    }

    #[test]
    fn random_pauses_are_not_longer_than_the_others() {
        assert_eq!([0, 51, u8::MAX].map(|random| OUTAGE.random_pause(2, random).as_millis()), [0, 200, 1_000]);
    }
}
