use super::{
    Account, AccountState, Accounts, Actor, Administrator, AppPassword, Authority, Claim, Event, EventKind, Means,
    Origin, Role, unknown,
};
use crate::model::scope::Right;
use crate::{AccountReference, Error, Id, Timestamp, Username};

/// An authenticated caller. Only authentication creates one.
#[derive(Debug, Clone)]
pub struct Caller {
    pub(super) account: Account,
    pub(super) proof: Proof,
    pub(super) origin: Origin,
}

/// The credentials that a caller authenticated with.
#[derive(Debug, Clone)]
pub(super) enum Proof {
    /// The account's own password.
    Password,
    /// An app password.
    AppPassword(AppPassword),
    /// An edge token, which stands for the account's own password or for an app password.
    Edge(Option<AppPassword>),
    /// An access token of this session, which may have begun with an app password.
    Session(Id, Option<AppPassword>),
}

impl Caller {
    /// Returns the caller's own account.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Returns the caller's user name.
    #[must_use]
    pub fn name(&self) -> &Username {
        &self.account.profile.name
    }

    /// Returns the session, if the caller authenticated with an access token.
    #[must_use]
    pub fn session(&self) -> Option<Id> {
        match self.proof {
            Proof::Session(id, _) => Some(id),
            Proof::Password | Proof::AppPassword(_) | Proof::Edge(_) => None,
        }
    }

    /// Whether the account is the caller's own and the caller's credentials suffice to see its private parts.
    #[must_use]
    pub fn sees_all_of(&self, account: &Account) -> bool {
        self.account.id == account.id && self.reaches(Right::Read).is_ok()
    }

    /// Returns the right to administer the installation, if the caller's account has that role.
    pub(crate) fn administrator(&self) -> Result<Administrator, Error> {
        if self.account.role != Role::Admin {
            return Err(Error::Forbidden(format!(
                "only administrators may do this; the operator can run `twclone-admin users role {} admin`",
                self.name()
            )));
        }
        self.reaches(Right::Own)?;
        Ok(Administrator(self.origin.clone()))
    }

    /// Requires that the caller authenticated with a password: a token does not give further tokens.
    pub(super) fn with_password(&self) -> Result<(), Error> {
        match self.proof {
            Proof::Password | Proof::AppPassword(_) => Ok(()),
            Proof::Session(..) | Proof::Edge(_) => Err(Error::Forbidden(
                "log in with a user name and a password; a token cannot start a session".to_owned(),
            )),
        }
    }

    /// Returns the caller's authority over their own account. Each write checks it again.
    pub(super) fn authority(&self, now: Timestamp) -> Authority {
        let means = match &self.proof {
            Proof::Password | Proof::Edge(None) => Means::Password,
            Proof::AppPassword(app_password) | Proof::Edge(Some(app_password)) => Means::AppPassword(app_password.id),
            Proof::Session(id, _) => Means::Session(*id),
        };
        let Account { id: account, credential_version, .. } = self.account;
        Authority::Caller(Claim { account, credential_version, means, at: now })
    }

    pub(super) fn app_password(&self) -> Option<&AppPassword> {
        match &self.proof {
            Proof::AppPassword(app_password)
            | Proof::Edge(Some(app_password))
            | Proof::Session(_, Some(app_password)) => Some(app_password),
            Proof::Password | Proof::Edge(None) | Proof::Session(_, None) => None,
        }
    }

    /// Checks that the caller's credentials suffice for this right. No app password may administer the account,
    /// whatever its scope: it could outlive the owner's consent.
    pub(super) fn reaches(&self, right: Right) -> Result<(), Error> {
        if right == Right::Own && self.app_password().is_some() {
            return Err(Error::Forbidden(format!(
                "an app password is not enough {right}; use the account's own password"
            )));
        }
        // Only the auth service has routes that need more, and it receives the password itself.
        if right == Right::Own && matches!(self.proof, Proof::Edge(_)) {
            return Err(Error::Forbidden(format!(
                "an edge token is not enough {right}; use the account's own password"
            )));
        }
        let scope = self.app_password().and_then(|app_password| app_password.scope);
        match scope.filter(|scope| !scope.allows(right)) {
            None => Ok(()),
            Some(scope) => Err(Error::Forbidden(format!(
                "the app password has the scope {}, which is not enough {right}; use the account's own password",
                scope.as_str()
            ))),
        }
    }
}

/// A caller's right to act for an account, as its owner or its delegate.
#[derive(Debug, Clone)]
pub struct Acting {
    account: Account,
    caller: Caller,
}

impl Acting {
    /// Returns the name of the account that the caller acts for.
    #[must_use]
    pub fn name(&self) -> &Username {
        &self.account.profile.name
    }

    /// Returns the acting delegate, unless the caller is the account itself.
    #[must_use]
    pub fn delegate(&self) -> Option<&Username> {
        Some(self.caller.name()).filter(|caller| *caller != self.name())
    }

    /// Returns the error for an account that was deleted in the meantime: the same as for one deleted before.
    pub(crate) fn ended(&self) -> Error {
        match self.delegate() {
            Some(_) => forbidden(&self.caller, &self.name().to_string()),
            None => Error::WrongCredentials,
        }
    }

    /// Returns the entry for the account's audit, if a delegate acts.
    pub(crate) fn event(&self, id: Id, kind: EventKind, detail: String) -> Option<Event> {
        let actor = Actor::Account(self.delegate()?.clone());
        Some(Event::new(id, kind, actor, Some(detail), &self.caller.origin))
    }
}

/// The right to administer an account. Only its owner has it, and not with an app password or an edge token.
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    pub(super) account: Account,
    caller: Caller,
}

impl Owner {
    /// Returns the owner's authority over the account. Each write checks it again.
    pub(super) fn authority(&self, now: Timestamp) -> Authority {
        self.caller.authority(now)
    }

    /// Returns an entry for the account's audit.
    pub(super) fn event(&self, id: Id, kind: EventKind, detail: Option<String>) -> Event {
        Event::new(id, kind, Actor::Account(self.account.profile.name.clone()), detail, &self.caller.origin)
    }
}

impl Accounts {
    /// Lets a caller act for an account, by default their own.
    ///
    /// # Errors
    /// `NotFound` if there is no such account, or if it blocks the caller and has not made them its delegate;
    /// `Forbidden` if the caller is not its delegate, or if the delegate's scope or the caller's credentials do not
    /// suffice.
    pub(crate) async fn act_for(
        &self,
        caller: &Caller,
        account: Option<&AccountReference>,
        right: Right,
    ) -> Result<Acting, Error> {
        caller.reaches(right)?;
        let Some(reference) = account.filter(|reference| !is_own(caller, reference)) else {
            return Ok(Acting { account: caller.account.clone(), caller: caller.clone() });
        };
        let found = self.store.account_for(reference, caller.account.id).await?;
        let found = found.filter(|(stored, _)| stored.account.state == AccountState::Active);
        let Some((stored, grant)) = found else { return Err(unknown(reference)) };
        let name = &stored.account.profile.name;
        let now = self.clock.now();
        let grant = grant.filter(|grant| grant.expires_at.is_none_or(|end| now < end));
        match grant.map(|grant| grant.scope) {
            None => {
                self.visibility.look(Some(caller.name()), name, reference).await?;
                Err(forbidden(caller, &name.to_string()))
            }
            Some(Some(scope)) if !scope.allows(right) => Err(Error::Forbidden(format!(
                "{} is a delegate of {name} with the scope {}, which is not enough {right}",
                caller.name(),
                scope.as_str()
            ))),
            Some(_) => Ok(Acting { account: stored.account, caller: caller.clone() }),
        }
    }

    /// Does the same as [`Self::act_for`], but a missing account is `Forbidden`, too.
    pub(crate) async fn act_in_name(
        &self,
        caller: &Caller,
        account: Option<&AccountReference>,
        right: Right,
    ) -> Result<Acting, Error> {
        self.act_for(caller, account, right).await.map_err(|error| match (error, account) {
            (Error::NotFound(_), Some(account)) => forbidden(caller, &account.to_string()),
            (error, _) => error,
        })
    }

    /// Lets a caller act for their own account only, for what delegates may not do.
    ///
    /// # Errors
    /// `Forbidden` for any other account that exists, `NotFound` for one that does not exist or blocks the caller;
    /// `Forbidden` if the caller's credentials do not suffice.
    pub(crate) async fn act_alone(
        &self,
        caller: &Caller,
        account: &AccountReference,
        right: Right,
    ) -> Result<Acting, Error> {
        if !is_own(caller, account) {
            let name = self.active(account).await?.profile.name;
            self.visibility.look(Some(caller.name()), &name, account).await?;
            return Err(Error::Forbidden(format!("only {name} may do this; you are {}", caller.name())));
        }
        caller.reaches(right)?;
        Ok(Acting { account: caller.account.clone(), caller: caller.clone() })
    }

    /// Lets a caller administer their own account.
    ///
    /// # Errors
    /// `Forbidden` for any other account that exists, and if the caller's credentials do not suffice; `NotFound` for
    /// an account that does not exist or blocks the caller.
    pub(crate) async fn own(&self, caller: &Caller, account: Option<&AccountReference>) -> Result<Owner, Error> {
        match account {
            Some(account) => drop(self.act_alone(caller, account, Right::Own).await?),
            None => caller.reaches(Right::Own)?,
        }
        Ok(Owner { account: caller.account.clone(), caller: caller.clone() })
    }
}

fn is_own(caller: &Caller, reference: &AccountReference) -> bool {
    match reference {
        AccountReference::Name(name) => name == caller.name(),
        AccountReference::Id(id) => *id == caller.account.id,
    }
}

fn forbidden(caller: &Caller, account: &str) -> Error {
    Error::Forbidden(format!(
        "{} may not act for {account}: only {account} and its delegates may. Ask {account} to add you as a delegate",
        caller.name()
    ))
}
