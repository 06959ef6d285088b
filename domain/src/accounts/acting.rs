use super::{Account, AccountState, Accounts, unknown};
use crate::{AccountReference, Error, Username};

/// Somebody who has proved who he is. Only authentication makes one.
#[derive(Debug, Clone)]
pub struct Caller(pub(super) Account);

impl Caller {
    /// The caller's own account.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.0
    }

    /// The caller's user name.
    #[must_use]
    pub fn name(&self) -> &Username {
        &self.0.profile.name
    }
}

/// The right of a caller to act for an account: it is his own, or it has made him its delegate.
#[derive(Debug, Clone)]
pub struct Acting {
    account: Account,
    caller: Username,
}

impl Acting {
    /// For whom is acted.
    #[must_use]
    pub fn name(&self) -> &Username {
        &self.account.profile.name
    }

    /// The delegate who acts, where the caller is not the account itself.
    #[must_use]
    pub fn delegate(&self) -> Option<&Username> {
        Some(&self.caller).filter(|caller| *caller != self.name())
    }
}

impl Accounts {
    /// Lets a caller act for an account, by default his own.
    ///
    /// # Errors
    /// `NotFound` where there is no such account; `Forbidden` where it has not made the caller its delegate.
    pub(crate) async fn act_for(&self, caller: &Caller, account: Option<&AccountReference>) -> Result<Acting, Error> {
        let own = match account {
            None => true,
            Some(AccountReference::Name(name)) => name == caller.name(),
            Some(AccountReference::Id(id)) => *id == caller.0.id,
        };
        let Some(reference) = account.filter(|_| !own) else {
            return Ok(Acting { account: caller.0.clone(), caller: caller.name().clone() });
        };
        let found = self.store.account_for(reference, caller.0.id).await?;
        let found = found.filter(|(stored, _)| stored.account.state == AccountState::Active);
        match found {
            None => Err(unknown(reference)),
            Some((stored, false)) => Err(forbidden(caller, &stored.account.profile.name.to_string())),
            Some((stored, true)) => Ok(Acting { account: stored.account, caller: caller.name().clone() }),
        }
    }

    /// The same for the one in whose name something is sent: where there is no such account, that too is
    /// `Forbidden`.
    pub(crate) async fn act_as_sender(
        &self,
        caller: &Caller,
        sender: Option<&AccountReference>,
    ) -> Result<Acting, Error> {
        self.act_for(caller, sender).await.map_err(|error| match (error, sender) {
            (Error::NotFound(_), Some(sender)) => forbidden(caller, &sender.to_string()),
            (error, _) => error,
        })
    }
}

fn forbidden(caller: &Caller, account: &str) -> Error {
    Error::Forbidden(format!(
        "{} may not act for {account}: only {account} and its delegates may. Ask {account} to make you one",
        caller.name()
    ))
}
