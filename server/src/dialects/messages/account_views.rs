//! Response bodies for accounts.

use serde::Serialize;
use twclone_domain::accounts::Account;
use twclone_domain::{Id, Page, Timestamp};
use utoipa::ToSchema;

/// The public profile of an account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = Profile)]
pub(super) struct ProfileView {
    /// The id: a decimal number of up to 63 bits.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The user name.
    username: String,
    /// The biography.
    #[serde(skip_serializing_if = "Option::is_none")]
    bio: Option<String>,
    /// The time at which the account was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Account> for ProfileView {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            username: account.profile.name.to_string(),
            bio: account.profile.biography.map(|text| text.to_string()),
            created_at: account.created_at,
        }
    }
}

/// A page of profiles, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Users)]
pub(super) struct UsersView {
    users: Vec<ProfileView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<Page<Account>> for UsersView {
    fn from(page: Page<Account>) -> Self {
        Self { users: page.items.into_iter().map(ProfileView::from).collect(), next: page.next }
    }
}
