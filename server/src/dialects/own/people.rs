//! Response bodies for lists of people.

use serde::Serialize;
use twclone_domain::graph::Person;
use twclone_domain::{Id, Page, Timestamp};
use utoipa::ToSchema;

/// An account on a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Person)]
struct PersonView {
    /// The account id.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The user name.
    username: String,
    /// When the account was added to the list.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

/// A page of people, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = People)]
pub(super) struct PeopleView {
    users: Vec<PersonView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        Self { id: person.summary.id, username: person.summary.name.to_string(), since: person.since }
    }
}

impl From<Page<Person>> for PeopleView {
    fn from(page: Page<Person>) -> Self {
        Self { users: page.items.into_iter().map(PersonView::from).collect(), next: page.next }
    }
}
