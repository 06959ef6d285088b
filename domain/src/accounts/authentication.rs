use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use super::{AccountState, Accounts, Caller, Password, tokens};
use crate::{AccountReference, Error, Username};

/// How long a refresh token can be used: 30 days, in milliseconds.
const REFRESH_LIFETIME: i64 = 30 * 24 * 3_600_000;

/// What a login gives.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who logged in.
    pub name: Username,
    /// A JWT that proves it.
    pub access_token: String,
    /// For how many seconds the access token does.
    pub expires_in: i64,
    /// Gives further access tokens, once.
    pub refresh_token: String,
}

impl Accounts {
    /// Finds out who has this name and password. Costs a bcrypt once in five minutes.
    ///
    /// # Errors
    /// `WrongCredentials`, the same and after the same time for an unknown name, a wrong password, an account
    /// that cannot be used; `Overloaded` where too many wait.
    pub async fn authenticate(&self, name: &str, password: Password) -> Result<Caller, Error> {
        let stored = match name.parse() {
            Ok(name) => self.store.account(&AccountReference::Name(name)).await?,
            Err(_) => None,
        };
        let stored = stored.filter(|stored| stored.account.state == AccountState::Active);
        let now = self.clock.now();
        if let Some(stored) = stored.as_ref().filter(|stored| self.verified.holds(stored, &password, now)) {
            return Ok(Caller(stored.account.clone()));
        }
        let hash = stored.as_ref().and_then(|stored| stored.password_hash.as_deref());
        let same = self.passwords.verify(password.clone(), hash).await?;
        let stored = stored.filter(|_| same).ok_or(Error::WrongCredentials)?;
        self.verified.keep(&stored, &password, now)?;
        Ok(Caller(stored.account))
    }

    /// Finds out whose access token this is.
    ///
    /// # Errors
    /// `BadToken` where it is not one of ours, has run out, or was made before the account's password or state
    /// changed.
    pub async fn authenticate_token(&self, token: &str) -> Result<Caller, Error> {
        let claims = self.tokens.verify(token, self.clock.now())?;
        let stored = self.store.account(&AccountReference::Id(claims.account)).await?.ok_or(Error::BadToken)?;
        let account = stored.account;
        if account.state == AccountState::Active && account.credential_version == claims.credential_version {
            Ok(Caller(account))
        } else {
            Err(Error::BadToken)
        }
    }

    /// Begins a session.
    pub async fn log_in(&self, caller: &Caller) -> Result<Session, Error> {
        let now = self.clock.now();
        let refresh_token = URL_SAFE_NO_PAD.encode(self.randomness.bytes::<32>()?);
        let kept = digest(&SHA256, refresh_token.as_bytes()).as_ref().to_vec();
        self.store.begin_family(&caller.0, kept, now, now.plus_millis(REFRESH_LIFETIME)).await?;
        Ok(Session {
            name: caller.name().clone(),
            access_token: self.tokens.issue(&caller.0, now)?,
            expires_in: tokens::LIFETIME,
            refresh_token,
        })
    }
}
