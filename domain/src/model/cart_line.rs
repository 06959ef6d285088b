use super::product::Quantity;
use crate::{Id, Revision, Timestamp};

/// A line of a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartLine {
    /// The id.
    pub id: Id,
    /// The product.
    pub product: Id,
    /// The quantity.
    pub quantity: Quantity,
    /// The time at which it was added.
    pub added_at: Timestamp,
    /// The number of changes so far.
    pub revision: Revision,
}
