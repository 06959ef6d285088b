/// What one account can do against another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restriction {
    /// Neither account follows the other, and the blocked one gets the same responses as for an account that does not
    /// exist.
    Block,
    /// The home and public timelines of the muting account do not show the other's posts. The other one is not told.
    Mute,
}
