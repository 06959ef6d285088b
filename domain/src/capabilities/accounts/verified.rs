use std::time::Duration;

use quick_cache::sync::Cache;
use ring::hmac;

use super::Password;
use crate::repositories::identity::StoredAccount;
use crate::{Error, Randomness};

/// Credentials that were recently verified with bcrypt, so that Basic authentication does not cost a bcrypt on every
/// request.
///
/// Only successes are kept, under an HMAC of what was compared, with a key that only this process has. The HMAC
/// covers the stored hash and the credential version, both read anew on every request: after a change by any process,
/// the old password no longer matches from the next request on.
#[derive(Debug)]
pub(super) struct VerifiedCredentials {
    key: hmac::Key,
    cache: Cache<[u8; 32], Duration>,
    randomness: Randomness,
}

const MOST: usize = 10_000;
/// Five minutes, minus up to a fifth, so that entries from one burst do not all expire at once.
const LIFETIME: Duration = Duration::from_mins(5);

impl VerifiedCredentials {
    pub(super) fn new(randomness: Randomness) -> Result<Self, Error> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &randomness.bytes::<32>()?);
        Ok(Self { key, cache: Cache::new(MOST), randomness })
    }

    /// Whether these credentials were verified recently.
    pub(super) fn holds(&self, credentials: &[u8; 32], now: Duration) -> bool {
        self.cache.get(credentials).is_some_and(|expiry| now < expiry)
    }

    /// Remembers that these credentials were verified.
    pub(super) fn keep(&self, credentials: [u8; 32], now: Duration) -> Result<(), Error> {
        let jitter = LIFETIME / 5 * u32::from(u8::from_be_bytes(self.randomness.bytes()?)) / u32::from(u8::MAX);
        self.cache.insert(credentials, now + LIFETIME.saturating_sub(jitter));
        Ok(())
    }

    /// Returns the cache key of a password and the account's current state, or, without an account, of the typed
    /// name.
    pub(super) fn name(&self, stored: Option<&StoredAccount>, typed: &str, password: &Password) -> [u8; 32] {
        let number = |of: fn(&StoredAccount) -> i64| stored.map_or(0, of).to_be_bytes();
        let id = number(|stored| stored.account.id.number());
        let version = number(|stored| stored.account.credential_version);
        let hash = stored.and_then(|stored| stored.password_hash.as_deref()).unwrap_or_default();
        let typed = if stored.is_some() { String::new() } else { typed.to_ascii_lowercase() };
        let mut context = hmac::Context::with_key(&self.key);
        for part in [&id[..], hash.as_bytes(), &version, typed.as_bytes(), password.as_typed()] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut name = [0; 32];
        name.copy_from_slice(context.sign().as_ref());
        name
    }
}
