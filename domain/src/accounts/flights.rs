use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OnceCell;

use crate::Error;

/// What came of looking at a password.
#[derive(Debug, Clone, Copy)]
pub(super) enum Verdict {
    /// It is the account's.
    Right,
    /// It is not; and in how many seconds to come again, where that was so too often.
    Wrong(Option<u32>),
}

/// Logins under way. Many with the same name and password at the same time cost one bcrypt and one place in any line:
/// a program that starts with many connections does not stand in its own way.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<[u8; 32], Weak<OnceCell<Verdict>>>>);

/// With so many entries those that nobody waits for are cleared away.
const MANY: usize = 256;

impl Flights {
    /// Looks at a password, or waits for who does. Where he fails or goes away, the next one looks.
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
