use super::ids::Id;
use super::names::Username;
use super::text::FullName;

/// What stands beside what somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorSummary {
    /// The id of the account.
    pub id: Id,
    /// The user name, as its owner writes it.
    pub name: Username,
    /// The name that the owner goes by, if any.
    pub full_name: Option<FullName>,
}
