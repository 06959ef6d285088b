use std::time::Duration;

use quick_cache::sync::Cache;
use ring::hmac;

use super::Password;
use crate::repositories::identity::StoredAccount;
use crate::{Error, Randomness};

/// Credentials that were proved with bcrypt a short while ago, so that Basic authentication on every
/// request does not cost a bcrypt each.
///
/// Only successes are kept, under an HMAC of what was compared, by a key that this process alone has. The
/// stored hash and the credential version, both read afresh on every request, are part of it: a changed
/// password is not found here from the next request on, whichever process changed it.
#[derive(Debug)]
pub(super) struct VerifiedCredentials {
    key: hmac::Key,
    cache: Cache<[u8; 32], Duration>,
    randomness: Randomness,
}

const MOST: usize = 10_000;
/// Five minutes; up to a fifth less, so that those of a rush do not all run out at once.
const LIFETIME: Duration = Duration::from_mins(5);

impl VerifiedCredentials {
    pub(super) fn new(randomness: Randomness) -> Result<Self, Error> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &randomness.bytes::<32>()?);
        Ok(Self { key, cache: Cache::new(MOST), randomness })
    }

    /// Whether these credentials were proved a short while ago.
    pub(super) fn holds(&self, credentials: &[u8; 32], now: Duration) -> bool {
        self.cache.get(credentials).is_some_and(|expiry| now < expiry)
    }

    /// Remembers that these credentials were proved.
    pub(super) fn keep(&self, credentials: [u8; 32], now: Duration) -> Result<(), Error> {
        let jitter = LIFETIME / 5 * u32::from(u8::from_be_bytes(self.randomness.bytes()?)) / u32::from(u8::MAX);
        self.cache.insert(credentials, now + LIFETIME.saturating_sub(jitter));
        Ok(())
    }

    /// What stands for a password and an account as it is now; or, where there is none, the name that was typed.
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
