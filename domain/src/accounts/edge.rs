use super::acting::Proof;
use super::tokens::{self, EDGE_LIFETIME, Means};
use super::{Accounts, Caller, Origin};
use crate::Error;

/// What stands for a password between a gateway and the services behind it: they verify it with the public keys, without
/// bcrypt. It has no session, and ends with the password. It neither logs in nor administers an account, so that one
/// that leaks is worth little; and only a gateway may bring it.
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

    /// Finds out whose edge token this is. Costs one read. Call it only for what a gateway of this installation says.
    ///
    /// # Errors
    /// `BadToken` where it is not one of ours, has run out, or what it stands for holds no longer: its app password is
    /// revoked, the account has another password or another state; also for an access token.
    pub async fn authenticate_edge_token(&self, token: &str, origin: &Origin) -> Result<Caller, Error> {
        let now = self.clock.now();
        let claims = self.tokens.verify(token, &tokens::EDGE, now).await?;
        let found = self.store.holder(claims.account, claims.means.app_password()).await?;
        let found = found.filter(|found| found.holds(now)).ok_or(Error::BadToken)?;
        let account = claims.holder(found.account.account.clone())?;
        Ok(Caller { account, proof: Proof::Edge(found.app_password.clone()), origin: origin.clone() })
    }
}
