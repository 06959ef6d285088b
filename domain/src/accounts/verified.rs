use quick_cache::sync::Cache;
use ring::hmac;

use super::Password;
use crate::store::identity::StoredAccount;
use crate::{Error, Randomness, Timestamp};

/// Credentials that were proved with bcrypt a short while ago, so that Basic authentication on every
/// request does not cost a bcrypt each.
///
/// Only successes are kept, under an HMAC of what was compared, by a key that this process alone has. The
/// stored hash and the credential version, both read afresh on every request, are part of it: a changed
/// password is not found here from the next request on, whichever process changed it.
#[derive(Debug)]
pub(super) struct VerifiedCredentials {
    key: hmac::Key,
    cache: Cache<[u8; 32], Timestamp>,
    randomness: Randomness,
}

const MOST: usize = 10_000;
/// Five minutes; up to a fifth less, so that those of a rush do not all run out at once.
const LIFETIME: i64 = 300_000;

impl VerifiedCredentials {
    pub(super) fn new(randomness: Randomness) -> Result<Self, Error> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &randomness.bytes::<32>()?);
        Ok(Self { key, cache: Cache::new(MOST), randomness })
    }

    pub(super) fn holds(&self, stored: &StoredAccount, password: &Password, now: Timestamp) -> bool {
        self.cache.get(&self.name(stored, password)).is_some_and(|expiry| now < expiry)
    }

    pub(super) fn keep(&self, stored: &StoredAccount, password: &Password, now: Timestamp) -> Result<(), Error> {
        let jitter = i64::from(u16::from_be_bytes(self.randomness.bytes()?)) * (LIFETIME / 5) / i64::from(u16::MAX);
        self.cache.insert(self.name(stored, password), now.plus_millis(LIFETIME - jitter));
        Ok(())
    }

    fn name(&self, stored: &StoredAccount, password: &Password) -> [u8; 32] {
        let id = stored.account.id.number().to_be_bytes();
        let version = stored.account.credential_version.to_be_bytes();
        let hash = stored.password_hash.as_deref().unwrap_or_default();
        let mut context = hmac::Context::with_key(&self.key);
        for part in [&id[..], hash.as_bytes(), &version, password.as_bytes()] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut name = [0; 32];
        name.copy_from_slice(context.sign().as_ref());
        name
    }
}
