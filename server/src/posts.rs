//! Shared code of the dialects that write posts.

use twclone_domain::posts::Shown;

/// Returns the path of a post.
pub(crate) fn location(post: &Shown) -> String {
    format!("/tweet/id/{}", post.post.id)
}
