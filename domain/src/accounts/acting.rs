use super::{
    Account, AccountState, Accounts, Actor, Administrator, AppPassword, Event, EventKind, Means, Origin, Role, Scope,
    unknown,
};
use crate::model::scope::Right;
use crate::{AccountReference, Error, Id, Timestamp, Username};

/// Somebody who has proved who he is. Only authentication makes one.
#[derive(Debug, Clone)]
pub struct Caller {
    pub(super) account: Account,
    pub(super) proof: Proof,
    pub(super) origin: Origin,
}

/// How somebody proved who he is.
#[derive(Debug, Clone)]
pub(super) enum Proof {
    /// With the account's own password.
    Password,
    /// With an app password.
    AppPassword(AppPassword),
    /// With an edge token, which stands for the account's own password or for an app password.
    Edge(Option<AppPassword>),
    /// With an access token of this session, which may have begun with an app password.
    Session(Id, Option<AppPassword>),
}

impl Caller {
    /// The caller's own account.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The caller's user name.
    #[must_use]
    pub fn name(&self) -> &Username {
        &self.account.profile.name
    }

    /// The session whose token the caller brought, if it was one.
    #[must_use]
    pub fn session(&self) -> Option<Id> {
        match self.proof {
            Proof::Session(id, _) => Some(id),
            Proof::Password | Proof::AppPassword(_) | Proof::Edge(_) => None,
        }
    }

    /// Whether the account is the caller's own, and his credentials reach as far as what it alone sees of itself.
    #[must_use]
    pub fn sees_all_of(&self, account: &Account) -> bool {
        self.account.id == account.id && self.reaches(Right::Read).is_ok()
    }

    /// The right to administer the installation, where the caller's account has that role.
    pub(crate) fn administrator(&self) -> Result<Administrator, Error> {
        if self.account.role != Role::Admin {
            return Err(Error::Forbidden(format!(
                "only an administrator may do this; `twclone-admin users role {} admin` makes you one",
                self.name()
            )));
        }
        self.reaches(Right::Own)?;
        Ok(Administrator(self.origin.clone()))
    }

    /// Sees to it that the caller has proved himself with a password: a token gives no further tokens.
    pub(super) fn with_password(&self) -> Result<(), Error> {
        match self.proof {
            Proof::Password | Proof::AppPassword(_) => Ok(()),
            Proof::Session(..) | Proof::Edge(_) => {
                Err(Error::Forbidden("log in with a password; a token does not give further ones".to_owned()))
            }
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

    /// Whether the caller's credentials reach so far. No app password administers the account, whatever its scope: it
    /// would outlive its owner's change of mind.
    pub(super) fn reaches(&self, right: Right) -> Result<(), Error> {
        if right == Right::Own && self.app_password().is_some() {
            return Err(Error::Forbidden(format!(
                "an app password is not enough {right}; use the account's own password"
            )));
        }
        // Routes that need more are the auth service's, which is shown the password itself.
        if right == Right::Own && matches!(self.proof, Proof::Edge(_)) {
            return Err(Error::Forbidden(format!("what a gateway says of you is not enough {right}")));
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

/// The right of a caller to act for an account: it is his own, or it has made him its delegate.
#[derive(Debug, Clone)]
pub struct Acting {
    account: Account,
    caller: Caller,
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
        Some(self.caller.name()).filter(|caller| *caller != self.name())
    }

    /// What the caller is told where the account was deleted meanwhile: the same as where it was before.
    pub(crate) fn ended(&self) -> Error {
        match self.delegate() {
            Some(_) => forbidden(&self.caller, &self.name().to_string()),
            None => Error::WrongCredentials,
        }
    }

    /// The entry in the account's audit, where a delegate acts.
    pub(crate) fn event(&self, id: Id, kind: EventKind, detail: String) -> Option<Event> {
        let actor = Actor::Account(self.delegate()?.clone());
        Some(Event::new(id, kind, actor, Some(detail), &self.caller.origin))
    }
}

/// On whose authority an account is written to. The transaction that writes checks it.
#[derive(Debug, Clone)]
pub(crate) enum Authority {
    /// A caller's over their own account: what they proved has to count still.
    Caller(Claim),
    /// An administrator's over the account with this id, which must not be deleted.
    Administrator(Id),
}

/// What a caller proved.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    /// The id of their account.
    pub(crate) account: Id,
    /// The account's, when they proved it.
    pub(crate) credential_version: i64,
    /// With what they proved it.
    pub(crate) means: Means,
    /// The time at which it has to count.
    pub(crate) at: Timestamp,
}

/// The right to administer an account: only its owner has it, with more than an app password of some scope.
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

    /// An entry in the account's audit.
    pub(super) fn event(&self, id: Id, kind: EventKind, detail: Option<String>) -> Event {
        Event::new(id, kind, Actor::Account(self.account.profile.name.clone()), detail, &self.caller.origin)
    }
}

/// What somebody may do for an account that is not his own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// How much; without one all but what is for the owner alone.
    pub scope: Option<Scope>,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when; without one until it is taken back.
    pub expires_at: Option<Timestamp>,
}

/// Somebody who may act for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegate {
    /// The id of his account.
    pub id: Id,
    /// Who.
    pub name: Username,
    /// What he may do.
    pub grant: Grant,
}

impl Accounts {
    /// Lets a caller act for an account, by default his own.
    ///
    /// # Errors
    /// `NotFound` where there is no such account, or it blocks the caller and has not made them its delegate; `Forbidden`
    /// where it has not made the caller its delegate, or not for this, or where the caller's own credentials do not reach
    /// so far.
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

    /// The same for the one in whose name something is done: where there is no such account, that too is
    /// `Forbidden`.
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

    /// Lets a caller act for his own account alone: what is not for delegates.
    ///
    /// # Errors
    /// `Forbidden` for any other that there is, `NotFound` for one that there is not or that blocks the caller; `Forbidden`
    /// where the caller's credentials do not reach so far.
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

    /// Lets a caller administer an account, by default and at most his own.
    ///
    /// # Errors
    /// `Forbidden` for any other that there is, `NotFound` for one that there is not or that blocks the caller.
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
        "{} may not act for {account}: only {account} and its delegates may. Ask {account} to make you one",
        caller.name()
    ))
}
