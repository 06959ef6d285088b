use super::{Accounts, Administrator, EventKind, PublicKey};
use crate::Error;

impl Accounts {
    /// The public keys with which access tokens are verified; the one that signs now is the first.
    pub async fn verifying_keys(&self) -> Result<Vec<PublicKey>, Error> {
        let now = self.clock.now();
        let mut keys = self.tokens.keys().all().await?;
        keys.retain(|key| key.verifies(now));
        Ok(keys)
    }

    /// Whether access tokens can be signed.
    pub(crate) async fn check_signing_key(&self) -> Result<(), Error> {
        self.tokens.keys().check().await
    }

    /// Makes another key sign access tokens from now on, in every process. Tokens that were signed before count until
    /// they run out. Answers all keys that are kept.
    pub async fn rotate_keys(&self, administrator: &Administrator) -> Result<Vec<PublicKey>, Error> {
        let event = self.event_by(administrator, EventKind::KeyRotated, None).await?;
        self.tokens.keys().rotate(self.clock.now(), event).await?;
        self.tokens.keys().all().await
    }
}
