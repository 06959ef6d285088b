use super::{Accounts, Administrator, EventKind, PublicKey};
use crate::Error;

impl Accounts {
    /// Returns the public keys that verify access tokens; the current signing key comes first.
    pub async fn verifying_keys(&self) -> Result<Vec<PublicKey>, Error> {
        let now = self.clock.now();
        let mut keys = self.tokens.keys().all().await?;
        keys.retain(|key| key.verifies(now));
        Ok(keys)
    }

    /// Creates the first signing key if there is none, and a new one if the private half of the current key is lost.
    /// Tokens that the lost key signed stay valid.
    ///
    /// # Errors
    /// `Unavailable` if the key exists but cannot be read, or if none can be written.
    pub(crate) async fn ensure_signing_key(&self, administrator: &Administrator) -> Result<(), Error> {
        self.tokens.keys().make_first(self.clock.now()).await?;
        if let Some(lost) = self.tokens.keys().lost().await? {
            let lost = lost.display();
            tracing::warn!("the private signing key {lost} is missing or damaged; creating a new one");
            self.rotate_keys(administrator).await?;
        }
        Ok(())
    }

    /// Checks that access tokens can be signed.
    pub(crate) async fn check_signing_key(&self) -> Result<(), Error> {
        self.tokens.keys().check().await
    }

    /// Replaces the key that signs access tokens, in every process. Tokens signed before stay valid until they
    /// expire. Returns all keys that are kept.
    pub async fn rotate_keys(&self, administrator: &Administrator) -> Result<Vec<PublicKey>, Error> {
        let event = self.event_by(administrator, EventKind::KeyRotated, None).await?;
        self.tokens.keys().rotate(self.clock.now(), event).await?;
        self.tokens.keys().all().await
    }
}
