//! Revisions for optimistic concurrency control: two clients that change the same item do not overwrite each other.

/// The revision of an item: the number of changes so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision(pub u32);

/// The revisions that a client expects of the item that it changes (the header `If-Match`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Any revision.
    Any,
    /// One of these. An empty list matches no revision.
    OneOf(Vec<Revision>),
}

impl Expected {
    /// Returns whether this revision is expected.
    #[must_use]
    pub fn is(&self, revision: Revision) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(expected) => expected.contains(&revision),
        }
    }
}
