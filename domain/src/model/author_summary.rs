use super::ids::Id;
use super::names::Username;
use super::text::FullName;

/// What is shown about the author of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorSummary {
    /// The id of the account.
    pub id: Id,
    /// The user name, in its owner's spelling.
    pub name: Username,
    /// The full name, if any.
    pub full_name: Option<FullName>,
}
