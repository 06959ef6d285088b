use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OnceCell;

/// Calls in progress, by a hash of what they are for, so that concurrent calls for the same share one. Nothing is kept
/// afterwards.
#[derive(Debug)]
pub struct Flights<T>(Mutex<HashMap<[u8; 32], Weak<OnceCell<T>>>>);

/// The number of entries from which those without waiters are removed.
const MANY: usize = 256;

impl<T> Flights<T> {
    /// Returns the cell that the call in progress sets, or a new one. If a call fails or is dropped, the next one that
    /// waits for the cell runs.
    pub fn join(&self, key: [u8; 32]) -> Arc<OnceCell<T>> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(&key).and_then(Weak::upgrade) {
            return flight;
        }
        if flights.len() >= MANY {
            flights.retain(|_, flight| flight.strong_count() > 0);
        }
        let flight = Arc::new(OnceCell::new());
        flights.insert(key, Arc::downgrade(&flight));
        flight
    }
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}
