//! Which state of a thing somebody means, so that two who change it do not overwrite each other.

/// How often a thing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision(pub u32);

/// Which state of a thing somebody wants to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Whatever it is.
    Any,
    /// One of these; none of them where there are none.
    OneOf(Vec<Revision>),
}

impl Expected {
    /// Whether this state is meant.
    #[must_use]
    pub fn is(&self, revision: Revision) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(expected) => expected.contains(&revision),
        }
    }
}
