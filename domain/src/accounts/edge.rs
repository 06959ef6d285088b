use super::tokens::{EDGE_LIFETIME, Means};
use super::{Accounts, Caller};
use crate::Error;

/// What stands for a password behind a gateway, which proved it once: a token that the services there verify with the
/// public keys, and no bcrypt. It belongs to no session, and counts as long as the password would.
#[derive(Debug, Clone)]
pub struct EdgeToken {
    /// A JWT.
    pub token: String,
    /// For how many seconds it can be used, if nothing ends it before.
    pub expires_in: i64,
}

impl Accounts {
    /// Makes a token that stands for the password or the app password which the caller has proved.
    ///
    /// # Errors
    /// `Forbidden` for who has but an access token.
    pub async fn issue_edge_token(&self, caller: &Caller) -> Result<EdgeToken, Error> {
        caller.with_password()?;
        let means = caller.app_password().map_or(Means::Password, |app_password| Means::AppPassword(app_password.id));
        let token = self.tokens.issue(&caller.account, means, self.clock.now()).await?;
        Ok(EdgeToken { token, expires_in: EDGE_LIFETIME })
    }
}
