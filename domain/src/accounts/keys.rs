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

    /// Makes the first signing key where there is none, and another one where the private half of the one that signs is
    /// lost: nobody can sign with it any more, and tokens that it has signed count on.
    ///
    /// # Errors
    /// `Unavailable` where the key is there, but cannot be read, or none can be written.
    pub(crate) async fn ensure_signing_key(&self, administrator: &Administrator) -> Result<(), Error> {
        self.tokens.keys().make_first(self.clock.now()).await?;
        if let Some(lost) = self.tokens.keys().lost().await? {
            let lost = lost.display();
            tracing::warn!(
                "the private signing key {lost} is missing or damaged; makes a new one, which signs from now on"
            );
            self.rotate_keys(administrator).await?;
        }
        Ok(())
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
