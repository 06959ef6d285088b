use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OnceCell;

use crate::Error;

/// The result of verifying a password.
#[derive(Debug, Clone, Copy)]
pub(super) enum Verdict {
    /// It is the account's password.
    Right,
    /// It is wrong; with the seconds until the next attempt, if there were too many failures.
    Wrong(Option<u32>),
}

/// Logins in progress. Concurrent logins with the same name and password cost one bcrypt and one place in a queue: a
/// program that opens many connections at once does not slow itself down.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<[u8; 32], Weak<OnceCell<Verdict>>>>);

/// The number of entries from which those without waiters are removed.
const MANY: usize = 256;

impl Flights {
    /// Verifies a password, or waits for a login that is verifying it. If that one fails or is dropped, the next one
    /// verifies.
    pub(super) async fn join(
        &self,
        name: [u8; 32],
        look: impl Future<Output = Result<Verdict, Error>>,
    ) -> Result<Verdict, Error> {
        let flight = self.flight(name);
        flight.get_or_try_init(|| look).await.copied()
    }

    fn flight(&self, name: [u8; 32]) -> Arc<OnceCell<Verdict>> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(&name).and_then(Weak::upgrade) {
            return flight;
        }
        if flights.len() >= MANY {
            flights.retain(|_, flight| flight.strong_count() > 0);
        }
        let flight = Arc::default();
        flights.insert(name, Arc::downgrade(&flight));
        flight
    }
}
