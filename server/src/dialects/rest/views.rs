//! Response bodies for services and people.

use serde::Serialize;
use twclone_domain::accounts::AuthorSummary;
use twclone_domain::graph::Person;
use twclone_domain::{Id, Page, Timestamp};
use utoipa::ToSchema;

/// A description of a service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = About)]
pub(super) struct AboutView {
    /// The name.
    service: &'static str,
    /// The purpose.
    description: &'static str,
    /// The version of twclone.
    version: &'static str,
    /// The routes.
    routes: &'static [&'static str],
}

impl AboutView {
    pub(super) fn new(service: &'static str, description: &'static str, routes: &'static [&'static str]) -> Self {
        Self { service, description, version: env!("CARGO_PKG_VERSION"), routes }
    }
}

/// An author.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RestAuthor)]
pub(super) struct AuthorView {
    /// The id: a decimal number of up to 63 bits.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The user name.
    #[schema(example = "mj")]
    username: String,
    /// The display name, or else the user name.
    name: String,
}

impl From<&AuthorSummary> for AuthorView {
    fn from(summary: &AuthorSummary) -> Self {
        let username = summary.name.to_string();
        let name = summary.full_name.as_ref().map_or_else(|| username.clone(), ToString::to_string);
        Self { id: summary.id, username, name }
    }
}

/// An account on a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RestPerson)]
pub(super) struct PersonView {
    /// The account.
    #[serde(flatten)]
    who: AuthorView,
    /// The time since which the account is on the list.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

/// A page of people, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RestPeople)]
pub(super) struct PeopleView {
    users: Vec<PersonView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<Page<Person>> for PeopleView {
    fn from(page: Page<Person>) -> Self {
        let people = page.items.into_iter();
        let users = people.map(|person| PersonView { who: person.summary.as_ref().into(), since: person.since });
        Self { users: users.collect(), next: page.next }
    }
}

/// The state of a follow.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RestFollowing)]
pub(super) struct FollowingView {
    /// The account.
    #[schema(example = "chris")]
    pub(super) username: String,
    /// Whether the account is followed now.
    pub(super) following: bool,
}
