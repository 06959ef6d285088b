//! How users are shown.

use std::fmt;

use serde::Serialize;
use twclone_domain::accounts::{Account, AccountState, Delegate, Role, Scope};
use twclone_domain::deletion::Deletion;
use twclone_domain::{AccountReference, Biography, EmailAddress, FullName, Id, Installation, Timestamp, Username};

use crate::failure::Failure;
use crate::outcome::Outcome;

/// A user.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct UserView {
    id: Id,
    username: Username,
    email: EmailAddress,
    name: Option<FullName>,
    bio: Option<Biography>,
    state: AccountState,
    role: Role,
    created_at: Timestamp,
}

/// A user, with the delegates and the progress of a deletion.
#[derive(Debug, Serialize)]
pub(super) struct WholeUserView {
    #[serde(flatten)]
    user: UserView,
    delegates: Vec<Username>,
    grants: Vec<GrantView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion: Option<DeletionView>,
}

/// The progress of a user's deletion.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct DeletionView {
    requested_at: Timestamp,
    /// How many messages were removed from the user's lists.
    pub(super) removed: u64,
    pub(super) finished_at: Option<Timestamp>,
}

/// The rights of a delegate.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct GrantView {
    delegate: Username,
    scope: Option<Scope>,
    expires_at: Option<Timestamp>,
}

/// The result of a command that changed a user.
#[derive(Debug, Serialize)]
pub(super) struct Done {
    outcome: Outcome,
    user: WholeUserView,
    #[serde(skip)]
    text: String,
}

impl WholeUserView {
    /// Reads the current state of a user.
    pub(super) async fn read(installation: &Installation, user: &AccountReference) -> Result<Self, Failure> {
        let administrator = installation.administrator();
        let (account, delegates) = installation.accounts.show(&administrator, user).await?;
        let deletion = match account.state {
            AccountState::Deleted => installation.deletions.get(&administrator, account.id).await?,
            AccountState::Active | AccountState::Disabled => None,
        };
        let names = delegates.iter().map(|delegate| delegate.name.clone()).collect();
        Ok(Self {
            user: account.into(),
            delegates: names,
            grants: delegates.into_iter().map(GrantView::from).collect(),
            deletion: deletion.map(DeletionView::from),
        })
    }

    /// Returns the user name.
    pub(super) fn name(&self) -> &Username {
        &self.user.username
    }

    /// Returns the user's id.
    pub(super) fn id(&self) -> Id {
        self.user.id
    }

    /// Returns the progress of the deletion, if the user is deleted.
    pub(super) fn deletion(&self) -> Option<DeletionView> {
        self.deletion
    }
}

impl Done {
    /// Creates the result. The text is what people see; scripts get the outcome and the user.
    pub(super) fn new(outcome: Outcome, user: WholeUserView, text: String) -> Self {
        Self { outcome, user, text }
    }
}

impl From<Deletion> for DeletionView {
    fn from(deletion: Deletion) -> Self {
        let Deletion { requested_at, removed, finished_at, .. } = deletion;
        Self { requested_at, removed, finished_at }
    }
}

impl From<Delegate> for GrantView {
    fn from(delegate: Delegate) -> Self {
        Self { delegate: delegate.name, scope: delegate.grant.scope, expires_at: delegate.grant.expires_at }
    }
}

impl From<Account> for UserView {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            username: account.profile.name,
            email: account.profile.email,
            name: account.profile.full_name,
            bio: account.profile.biography,
            state: account.state,
            role: account.role,
            created_at: account.created_at,
        }
    }
}

/// Returns the table heading for lines of users.
pub(super) fn heading() -> String {
    format!("{:<19}  {:<30}  {:<8}  {:<24}  email", "id", "username", "state", "created")
}

impl fmt::Display for UserView {
    /// Writes a line of the table.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, created_at) = (self.id.to_string(), self.created_at.to_string());
        let (username, state) = (self.username.as_str(), self.state.as_str());
        write!(formatter, "{id:<19}  {username:<30}  {state:<8}  {created_at:<24}  {}", self.email)
    }
}

impl fmt::Display for WholeUserView {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UserView { id, username, email, name, bio, state, role, created_at } = &self.user;
        writeln!(formatter, "id         {id}")?;
        writeln!(formatter, "username   {username}")?;
        writeln!(formatter, "email      {email}")?;
        if let Some(name) = name {
            writeln!(formatter, "name       {name}")?;
        }
        if let Some(bio) = bio {
            writeln!(formatter, "bio        {}", bio.as_str().replace('\n', "\n           "))?;
        }
        writeln!(formatter, "state      {}", state.as_str())?;
        if *role != Role::User {
            writeln!(formatter, "role       {}", role.as_str())?;
        }
        writeln!(formatter, "created    {created_at}")?;
        if let Some(deletion) = &self.deletion {
            writeln!(formatter, "deletion   {deletion}")?;
        }
        let delegates: Vec<_> = self.grants.iter().map(GrantView::to_string).collect();
        write!(formatter, "delegates  {}", if delegates.is_empty() { "none".to_owned() } else { delegates.join(", ") })
    }
}

impl fmt::Display for DeletionView {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requested_at, removed, finished_at } = self;
        write!(formatter, "requested at {requested_at}; messages removed: {removed}; ")?;
        match finished_at {
            Some(finished_at) => write!(formatter, "finished at {finished_at}"),
            None => write!(formatter, "not finished"),
        }
    }
}

impl fmt::Display for GrantView {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = self.scope.map(|scope| format!(" {}", scope.as_str())).unwrap_or_default();
        let end = self.expires_at.map(|end| format!(" until {end}")).unwrap_or_default();
        write!(formatter, "{}{scope}{end}", self.delegate)
    }
}

impl fmt::Display for Done {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
