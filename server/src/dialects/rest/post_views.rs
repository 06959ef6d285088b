//! Response bodies for posts and comments.

use serde::Serialize;
use twclone_domain::accounts::Caller;
use twclone_domain::posts::{Comment, Revision, Shown};
use twclone_domain::{Error, Id, Installation, Page, Timestamp};
use utoipa::ToSchema;

use super::views::AuthorView;

/// Returns the path of a post.
pub(super) fn location(post: &Shown) -> String {
    format!("/posts-api/v1/posts/{}", post.post.id)
}

/// A comment, or a post without its comments.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RestComment)]
pub(super) struct CommentView {
    /// The id: a decimal number of up to 63 bits. Ids sort by time.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The text. For a repost, the text of the original.
    #[schema(example = "I'm back.")]
    content: String,
    /// The author. For a repost, the account that reposted.
    author: AuthorView,
    /// The time at which it was posted or reposted.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The time of the last edit. Null if it was never edited.
    #[schema(value_type = Option<String>, format = DateTime)]
    edited_at: Option<Timestamp>,
    /// The number of likes. For a repost, of the original.
    like_count: u64,
    /// The number of listed comments. For a repost, on the original.
    comment_count: u64,
    /// The original, if it is a repost.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    repost_of: Option<Id>,
    /// The post that it comments on, if it is a comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    reply_to: Option<Id>,
}

impl From<Shown> for CommentView {
    fn from(shown: Shown) -> Self {
        let (content, subject) = (shown.text().to_owned(), shown.subject());
        Self {
            id: shown.post.id,
            content,
            created_at: shown.post.created_at,
            edited_at: subject.edited_at,
            like_count: subject.likes,
            comment_count: subject.comments,
            repost_of: shown.post.repost_of,
            reply_to: shown.post.reply_to,
            author: shown.author.as_ref().into(),
        }
    }
}

/// A post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RestPost)]
pub(super) struct PostView {
    #[serde(flatten)]
    post: CommentView,
    /// The latest comments on it, newest first.
    comments: Vec<CommentView>,
}

impl PostView {
    /// Returns the posts, each with the latest comments that this reader may see.
    async fn all(installation: &Installation, reader: Option<&Caller>, posts: Vec<Shown>) -> Result<Vec<Self>, Error> {
        let comments = installation.posts.latest_comments(reader, &posts).await?;
        let view = |(post, comments): (Shown, Vec<Shown>)| Self {
            post: post.into(),
            comments: comments.into_iter().map(CommentView::from).collect(),
        };
        Ok(posts.into_iter().zip(comments).map(view).collect())
    }

    /// Returns the post with its latest comments.
    pub(super) async fn of(installation: &Installation, reader: Option<&Caller>, post: Shown) -> Result<Self, Error> {
        let found = Self::all(installation, reader, vec![post]).await?.pop();
        found.ok_or_else(|| Error::internal("a post got lost on the way to its comments"))
    }
}

/// A page of posts, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RestPosts)]
pub(super) struct PostsView {
    posts: Vec<PostView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl PostsView {
    pub(super) async fn of(
        installation: &Installation,
        reader: Option<&Caller>,
        page: Page<Shown>,
    ) -> Result<Self, Error> {
        Ok(Self { posts: PostView::all(installation, reader, page.items).await?, next: page.next })
    }
}

/// A deleted comment, without its author and text. It is listed as long as it has comments.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RestDeletedComment)]
pub(super) struct DeletedView {
    /// The id: a decimal number of up to 63 bits. Ids sort by time. The comments on it are at
    /// `/posts-api/v1/posts/{id}/comments`.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// Always true.
    deleted: bool,
}

/// An entry of a list of comments.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RestListedComment)]
#[serde(untagged)]
pub(super) enum ListedView {
    Comment(Box<CommentView>),
    Deleted(DeletedView),
}

/// A page of comments, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RestComments)]
pub(super) struct CommentsView {
    comments: Vec<ListedView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<Page<Comment>> for CommentsView {
    fn from(page: Page<Comment>) -> Self {
        let comments = page.items.into_iter().map(|comment| match comment {
            Comment::Shown(shown) => ListedView::Comment(Box::new((*shown).into())),
            Comment::Deleted(id) => ListedView::Deleted(DeletedView { id, deleted: true }),
        });
        Self { comments: comments.collect(), next: page.next }
    }
}

/// A former text of a post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RestRevision)]
pub(super) struct RevisionView {
    /// The number of the revision, from 1.
    number: u32,
    /// The text.
    content: String,
    /// The time since which the post had this text.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// The time of the edit that replaced it.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
}

/// A page of former texts of a post, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RestHistory)]
pub(super) struct HistoryView {
    history: Vec<RevisionView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<Page<Revision>> for HistoryView {
    fn from(page: Page<Revision>) -> Self {
        let history = page.items.into_iter().map(|revision| RevisionView {
            number: revision.number,
            content: revision.text.into(),
            since: revision.since,
            until: revision.until,
        });
        Self { history: history.collect(), next: page.next }
    }
}
