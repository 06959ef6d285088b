//! Randomness. Only [`Randomness::system`] reads the operating system's source.

use std::fmt;
use std::sync::Arc;

use ring::rand::{SecureRandom, SystemRandom};

use super::error::Error;

/// A source of unpredictable bytes.
#[derive(Clone)]
pub struct Randomness(Arc<dyn SecureRandom + Send + Sync>);

impl Randomness {
    /// Returns the operating system's source. Only this function reads it.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "everyone else is given a Randomness")]
    pub fn system() -> Self {
        Self(Arc::new(SystemRandom::new()))
    }

    /// Returns `LENGTH` random bytes.
    pub fn bytes<const LENGTH: usize>(&self) -> Result<[u8; LENGTH], Error> {
        let mut bytes = [0; LENGTH];
        self.0.fill(&mut bytes).map_err(|_| Error::internal("the operating system returned no random bytes"))?;
        Ok(bytes)
    }

    /// Returns a function that returns random numbers, or why there is none.
    #[must_use]
    pub fn numbers(&self) -> Arc<dyn Fn() -> Result<u128, String> + Send + Sync> {
        let randomness = self.clone();
        Arc::new(move || randomness.bytes().map(u128::from_be_bytes).map_err(|error| error.to_string()))
    }

    pub(crate) fn source(&self) -> &dyn SecureRandom {
        &*self.0
    }
}

impl fmt::Debug for Randomness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Randomness")
    }
}
