use super::acting::Proof;
use super::tokens::{self, EDGE_LIFETIME};
use super::{Accounts, Caller, Origin};
use crate::Error;
use crate::model::authority::Means;

/// A token that stands for a password between a gateway and the services behind it, which verify it with the public
/// keys, without bcrypt. It has no session, and is invalid once the password changes. It can neither log in nor
/// administer an account, so that a leaked one is worth little. Only a gateway may send it.
#[derive(Debug, Clone)]
pub struct EdgeToken {
    /// A JWT.
    pub token: String,
    /// The lifetime in seconds; a change of the credentials ends it earlier.
    pub expires_in: i64,
}

impl Accounts {
    /// Issues a token that stands for the password or the app password of the caller.
    ///
    /// # Errors
    /// `Forbidden` if the caller authenticated with a token.
    pub async fn issue_edge_token(&self, caller: &Caller) -> Result<EdgeToken, Error> {
        caller.with_password()?;
        let means = caller.app_password().map_or(Means::Password, |app_password| Means::AppPassword(app_password.id));
        let token = self.tokens.issue(&caller.account, means, self.clock.now()).await?;
        Ok(EdgeToken { token, expires_in: EDGE_LIFETIME })
    }

    /// Authenticates a caller by edge token. Costs one read. Call this only for requests from a gateway of this
    /// installation.
    ///
    /// # Errors
    /// `BadToken` if it is not one of ours, has expired, or is no longer valid because its app password was revoked
    /// or the account's password or state has changed; also for an access token.
    pub async fn authenticate_edge_token(&self, token: &str, origin: &Origin) -> Result<Caller, Error> {
        let now = self.clock.now();
        let claims = self.tokens.verify(token, &tokens::EDGE, now).await?;
        let found = self.store.holder(claims.account, claims.means.app_password()).await?;
        let found = found.filter(|found| found.holds(now)).ok_or(Error::BadToken)?;
        let account = claims.holder(found.account.account.clone())?;
        Ok(Caller { account, proof: Proof::Edge(found.app_password.clone()), origin: origin.clone() })
    }
}
