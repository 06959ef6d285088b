//! What the targets in `fuzz/` call; there only where `cargo fuzz` builds.

/// The name in the secret of Basic authentication.
#[must_use]
pub fn basic(secret: &str) -> Option<String> {
    crate::guards::basic(secret).map(|(name, _)| name)
}
