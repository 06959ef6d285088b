use serde::Serialize;
use twclone_domain::accounts::{Account, Caller};
use twclone_domain::{Id, Page};
use utoipa::ToSchema;

/// A user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MicroblogUser)]
pub(super) struct UserView {
    /// The id: a decimal number of up to 63 bits.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The user name.
    username: String,
    /// The biography, or an empty text.
    bio: String,
    /// The e-mail address, if the account is your own.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

impl UserView {
    /// Returns what this caller may see of the account.
    pub(super) fn of(account: Account, caller: Option<&Caller>) -> Self {
        let own = caller.is_some_and(|caller| caller.sees_all_of(&account));
        Self {
            id: account.id,
            username: account.profile.name.to_string(),
            bio: account.profile.biography.map(String::from).unwrap_or_default(),
            email: own.then(|| account.profile.email.into()),
        }
    }
}

/// A page of users, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MicroblogUsers)]
pub(super) struct UsersView {
    users: Vec<UserView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl UsersView {
    pub(super) fn of(page: Page<Account>, caller: Option<&Caller>) -> Self {
        let users = page.items.into_iter().map(|account| UserView::of(account, caller));
        Self { users: users.collect(), next: page.next }
    }
}
