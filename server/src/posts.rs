//! What the dialects that write posts have in common.

use twclone_domain::posts::Shown;

/// Where a post is.
pub(crate) fn location(post: &Shown) -> String {
    format!("/tweet/id/{}", post.post.id)
}
