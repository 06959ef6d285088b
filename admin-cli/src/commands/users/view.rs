//! What goes out about users.

use std::fmt;

use serde::Serialize;
use twclone_domain::accounts::{Account, AccountState};
use twclone_domain::{AccountReference, Biography, EmailAddress, Id, Installation, Timestamp, Username};

use crate::failure::Failure;
use crate::outcome::Outcome;

/// A user.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct UserView {
    id: Id,
    username: Username,
    email: EmailAddress,
    bio: Option<Biography>,
    state: AccountState,
    created_at: Timestamp,
}

/// A user, and who may act for him.
#[derive(Debug, Serialize)]
pub(super) struct WholeUserView {
    #[serde(flatten)]
    user: UserView,
    delegates: Vec<Username>,
}

/// What a command did to a user.
#[derive(Debug, Serialize)]
pub(super) struct Done {
    outcome: Outcome,
    user: WholeUserView,
    #[serde(skip)]
    text: String,
}

impl WholeUserView {
    /// The user as he is now.
    pub(super) async fn read(installation: &Installation, user: &AccountReference) -> Result<Self, Failure> {
        let (account, delegates) = installation.accounts.show(&installation.administrator(), user).await?;
        Ok(Self { user: account.into(), delegates })
    }

    /// The user's name.
    pub(super) fn name(&self) -> &Username {
        &self.user.username
    }
}

impl Done {
    /// What was done, for scripts and in words for people.
    pub(super) fn new(outcome: Outcome, user: WholeUserView, text: String) -> Self {
        Self { outcome, user, text }
    }
}

impl From<Account> for UserView {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            username: account.profile.name,
            email: account.profile.email,
            bio: account.profile.biography,
            state: account.state,
            created_at: account.created_at,
        }
    }
}

/// What stands above lines of users.
pub(super) fn heading() -> String {
    format!("{:<19}  {:<30}  {:<8}  {:<24}  email", "id", "username", "state", "created")
}

impl fmt::Display for UserView {
    /// A line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, created_at) = (self.id.to_string(), self.created_at.to_string());
        let (username, state) = (self.username.as_str(), self.state.as_str());
        write!(formatter, "{id:<19}  {username:<30}  {state:<8}  {created_at:<24}  {}", self.email)
    }
}

impl fmt::Display for WholeUserView {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UserView { id, username, email, bio, state, created_at } = &self.user;
        writeln!(formatter, "id         {id}")?;
        writeln!(formatter, "username   {username}")?;
        writeln!(formatter, "email      {email}")?;
        if let Some(bio) = bio {
            writeln!(formatter, "bio        {}", bio.as_str().replace('\n', "\n           "))?;
        }
        writeln!(formatter, "state      {}", state.as_str())?;
        writeln!(formatter, "created    {created_at}")?;
        let delegates: Vec<_> = self.delegates.iter().map(Username::as_str).collect();
        write!(formatter, "delegates  {}", if delegates.is_empty() { "none".to_owned() } else { delegates.join(", ") })
    }
}

impl fmt::Display for Done {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
