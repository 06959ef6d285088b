use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest as sha256};

use super::{Accounts, AppPassword, AppPasswordName, Caller, EventKind, Password, Scope};
use crate::model::idempotency::{IdempotentRequest, LIFETIME};
use crate::model::page::ListName;
use crate::repositories::identity::{Added, Remembered};
use crate::{Error, Id, Page, PageRequest, Timestamp};

/// The prefix of every app password, by which people and secret scanners recognize it.
const PREFIX: &str = "twc-";
/// The prefix, then 256 random bits in base64.
const LENGTH: usize = PREFIX.len() + 43;
/// The maximum number of app passwords of an account.
const MOST: i64 = 100;

/// A request for an app password.
#[derive(Debug, Clone)]
pub struct NewAppPassword {
    /// Its name.
    pub name: AppPasswordName,
    /// Its scope.
    pub scope: Option<Scope>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
}

/// Returns the stored digest of a password, if it has the form of an app password.
pub(super) fn digest(password: &Password) -> Option<Vec<u8>> {
    let bytes = password.as_typed();
    let fits = bytes.len() == LENGTH && bytes.starts_with(PREFIX.as_bytes());
    fits.then(|| sha256(&SHA256, bytes).as_ref().to_vec())
}

impl Accounts {
    /// Creates an app password. Returns it with its secret, which is never shown again.
    ///
    /// # Errors
    /// `Forbidden` if the caller's credentials do not suffice; `Invalid` for an expiry in the past; `Conflict` if
    /// there are 100 already, or if a request with the same idempotency key made one; `KeyReused`.
    pub async fn add_app_password(
        &self,
        caller: &Caller,
        new: NewAppPassword,
        once: Option<IdempotentRequest>,
    ) -> Result<(AppPassword, String), Error> {
        let owner = self.own(caller, None).await?;
        let now = self.clock.now();
        if new.expires_at.is_some_and(|end| end <= now) {
            return Err(Error::invalid("expires-at", "is in the past"));
        }
        let secret = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(self.randomness.bytes::<32>()?));
        let kept = sha256(&SHA256, secret.as_bytes()).as_ref().to_vec();
        let id = self.ids.next().await?;
        let made = AppPassword { id, name: new.name, scope: new.scope, created_at: now, expires_at: new.expires_at };
        let event = owner.event(id, EventKind::AppPasswordMade, Some(made.name.to_string()));
        let once = once.map(|once| Remembered {
            kept: once.kept_for(&caller.name().key()),
            expires_at: now.plus_millis(LIFETIME),
        });
        match self.store.add_app_password(owner.authority(now), made.clone(), kept, once, MOST, event).await? {
            Added::Now => Ok((made, secret)),
            Added::Before => Err(Error::Conflict(
                "an earlier request with this Idempotency-Key created an app password. Its secret is shown only once: \
                 if you did not receive it, revoke the app password, and create another with a new key"
                    .to_owned(),
            )),
        }
    }

    /// Returns the caller's app passwords, newest first.
    ///
    /// # Errors
    /// `BadCursor`; `Forbidden` if the caller's credentials do not suffice.
    pub async fn app_passwords(&self, caller: &Caller, request: &PageRequest) -> Result<Page<AppPassword>, Error> {
        let owner = self.own(caller, None).await?;
        let all = self.store.app_passwords(owner.account.id).await?;
        ListName(&["app-passwords", &owner.account.id.to_string()]).page_of(all, request, |one| one.id)
    }

    /// Revokes an app password. It and the sessions begun with it are invalid from the next request on.
    ///
    /// # Errors
    /// `NotFound` if the caller has no such app password; `Forbidden`.
    pub async fn revoke_app_password(&self, caller: &Caller, id: Id) -> Result<(), Error> {
        let owner = self.own(caller, None).await?;
        let event =
            owner.event(self.ids.next().await?, EventKind::AppPasswordRevoked, Some(format!("app password {id}")));
        if self.store.remove_app_password(owner.authority(self.clock.now()), id, event).await? {
            Ok(())
        } else {
            Err(Error::NotFound(format!("you have no app password {id}; GET /auth/app-passwords lists them")))
        }
    }
}
