use super::{Post, Posts, Shown};
use crate::accounts::{Acting, Caller, EventKind, Right};
use crate::model::idempotency::{IdempotentRequest, Outcome};
use crate::repositories::posts::add::Added;
use crate::repositories::posts::{Companions, decode};
use crate::{AccountReference, Error, Id, PostText};

/// A request to create a post.
#[derive(Debug, Clone)]
pub struct NewPost {
    /// The author, by default the caller.
    pub author: Option<AccountReference>,
    /// The text.
    pub text: PostText,
    /// The idempotency key, if the client sent one.
    pub once: Option<IdempotentRequest>,
}

/// A request to comment on a post.
#[derive(Debug, Clone)]
pub struct NewComment {
    /// The post to comment on. For a repost, its original is used.
    pub post: Id,
    /// The author, by default the caller.
    pub author: Option<AccountReference>,
    /// The text.
    pub text: PostText,
    /// The idempotency key, if the client sent one.
    pub once: Option<IdempotentRequest>,
}

/// A request to repost a post.
#[derive(Debug, Clone)]
pub struct NewRepost {
    /// The post to repost. For a repost, its original is used.
    pub post: Id,
    /// The author, by default the caller.
    pub author: Option<AccountReference>,
    /// The idempotency key, if the client sent one.
    pub once: Option<IdempotentRequest>,
}

impl Posts {
    /// Creates a post. Costs one transaction, however many followers there are. On return, the post is on disk;
    /// followers see it some milliseconds later.
    ///
    /// # Errors
    /// `Forbidden` if the caller may not act for the author; `KeyReused`.
    pub async fn create(&self, caller: &Caller, new: NewPost) -> Result<Outcome<Shown>, Error> {
        let attempt = async {
            let author = self.accounts.act_in_name(caller, new.author.as_ref(), Right::Write).await?;
            let post = Post { text: Some(new.text), ..self.blank(&author).await? };
            match self.add(caller, &author, EventKind::Posted, &post, new.once.as_ref()).await? {
                Added::AuthorGone => Err(author.ended()),
                Added::New | Added::Again | Added::Orphan => Ok(post),
            }
        };
        let attempt = attempt.await;
        self.answer(caller, new.once.as_ref(), attempt).await
    }

    /// Comments on a post. Costs a read, a batch get and a transaction.
    ///
    /// # Errors
    /// As for posting; `NotFound` if the author can see no such post.
    pub async fn comment(&self, caller: &Caller, new: NewComment) -> Result<Outcome<Shown>, Error> {
        let attempt = async {
            let author = self.accounts.act_in_name(caller, new.author.as_ref(), Right::Write).await?;
            let subject = self.meet(&author, new.post).await?;
            let blank = self.blank(&author).await?;
            let post = Post { text: Some(new.text), reply_to: Some(subject.subject().id), ..blank };
            match self.add(caller, &author, EventKind::Posted, &post, new.once.as_ref()).await? {
                Added::New | Added::Again => Ok(post),
                Added::Orphan => Err(unknown(new.post)),
                Added::AuthorGone => Err(author.ended()),
            }
        };
        let attempt = attempt.await;
        self.answer(caller, new.once.as_ref(), attempt).await
    }

    /// Reposts a post to the followers of the author. Costs as much as commenting.
    ///
    /// # Errors
    /// As for commenting; `Conflict` if the author has reposted it before.
    pub async fn repost(&self, caller: &Caller, new: NewRepost) -> Result<Outcome<Shown>, Error> {
        let attempt = async {
            let author = self.accounts.act_in_name(caller, new.author.as_ref(), Right::Write).await?;
            let shown = self.meet(&author, new.post).await?;
            let subject = shown.subject();
            let original = (Some(subject.id), Some(subject.author.clone()));
            let post = Post { repost_of: original.0, original_author: original.1, ..self.blank(&author).await? };
            match self.add(caller, &author, EventKind::Reposted, &post, new.once.as_ref()).await? {
                Added::New => Ok(post),
                Added::Orphan => Err(unknown(new.post)),
                Added::AuthorGone => Err(author.ended()),
                Added::Again => Err(Error::Conflict(format!("{} has already reposted {}", author.name(), subject.id))),
            }
        };
        let attempt = attempt.await;
        self.answer(caller, new.once.as_ref(), attempt).await
    }

    /// Returns the post as the acting account may see it.
    pub(super) async fn meet(&self, acting: &Acting, post: Id) -> Result<Shown, Error> {
        self.visibility.one(Some(acting.name()), post).await?.ok_or_else(|| unknown(post))
    }

    async fn add(
        &self,
        caller: &Caller,
        author: &Acting,
        kind: EventKind,
        post: &Post,
        once: Option<&IdempotentRequest>,
    ) -> Result<Added, Error> {
        let with = Companions {
            kept: once.map(|once| once.kept_for(&caller.name().key())),
            event: author.event(post.id, kind, format!("post {}", post.id)),
            job: None,
        };
        self.store.add(post, &with).await
    }

    async fn answer(
        &self,
        caller: &Caller,
        once: Option<&IdempotentRequest>,
        attempt: Result<Post, Error>,
    ) -> Result<Outcome<Shown>, Error> {
        // A caller who may no longer act for the author sees a replay with their own permissions.
        let is_former = matches!(attempt, Err(Error::Forbidden(_)));
        let Outcome { value, replayed } = self.kept.replay(caller.name(), once, attempt, decode).await?;
        let reader = if is_former { caller.name().clone() } else { value.author.clone() };
        Ok(Outcome { value: self.visibility.just_written(value, &reader).await?, replayed })
    }

    async fn blank(&self, author: &Acting) -> Result<Post, Error> {
        Ok(Post {
            id: self.ids.next().await?,
            author: author.name().clone(),
            text: None,
            created_at: self.clock.now(),
            edited_at: None,
            reply_to: None,
            repost_of: None,
            original_author: None,
            likes: 0,
            reposts: 0,
            comments: 0,
            revision: 0,
            sent_by: author.delegate().cloned(),
        })
    }
}

pub(super) fn unknown(post: Id) -> Error {
    Error::NotFound(format!("there is no post {post} that you may see"))
}
