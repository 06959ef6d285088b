use rusqlite::Transaction;

use super::find::find;
use super::{IdentityStore, app_passwords, failure, sessions};
use crate::model::account::AccountState;
use crate::model::authority::{Authority, Claim, Means};
use crate::{AccountReference, Error, Id};

impl IdentityStore {
    /// Writes to an account with an authority. The transaction checks the authority first, because it may have ended
    /// while the request waited, for bcrypt or for other writes.
    ///
    /// # Errors
    /// `WrongCredentials` if the caller's credentials are no longer valid; `Conflict` if the account is deleted.
    pub(super) async fn write_for<T: Send + 'static>(
        &self,
        authority: Authority,
        write: impl FnOnce(&Transaction<'_>, Id) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.write(move |transaction| {
            let account = check(transaction, &authority)?;
            write(transaction, account)
        })
        .await
    }
}

/// Returns the account of an authority, if the authority is valid.
fn check(transaction: &Transaction<'_>, authority: &Authority) -> Result<Id, Error> {
    match authority {
        Authority::Caller(claim) => {
            if holds(transaction, claim).map_err(failure)? {
                Ok(claim.account)
            } else {
                Err(Error::WrongCredentials)
            }
        }
        Authority::Administrator(id) => {
            let found = find(transaction, &AccountReference::Id(*id)).map_err(failure)?;
            let found = found.ok_or_else(|| Error::NotFound(format!("there is no user {id}")))?.account;
            if found.state == AccountState::Deleted {
                return Err(Error::Conflict(format!("{} is deleted, and cannot be changed", found.profile.name)));
            }
            Ok(*id)
        }
    }
}

fn holds(transaction: &Transaction<'_>, claim: &Claim) -> rusqlite::Result<bool> {
    let account = match claim.means {
        Means::Session(session) => {
            sessions::by_id(transaction, session)?.filter(|found| found.holds(claim.at)).map(|found| found.account)
        }
        means @ (Means::Password | Means::AppPassword(_)) => {
            let holder = app_passwords::holder(transaction, claim.account, means.app_password())?;
            holder.filter(|found| found.holds(claim.at)).map(|found| found.account)
        }
    };
    Ok(account.is_some_and(|found| {
        found.account.id == claim.account && found.account.credential_version == claim.credential_version
    }))
}
