use crate::Timestamp;

/// The public half of a key that signs access tokens, or did so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// The `kid`.
    pub id: String,
    /// 32 bytes (RFC 8032).
    pub bytes: Vec<u8>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it stopped signing.
    pub retired_at: Option<Timestamp>,
}
