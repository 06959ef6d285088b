//! Visibility: decides at read time what a reader sees. Lists hold references; each post is looked up, and rules
//! decide whether it is shown. So deleted, unfollowed, blocked or muted content disappears with the next read,
//! whatever the lists still contain.

mod page;
mod people;

use std::sync::Arc;

pub(crate) use page::List;
pub(crate) use people::PeopleVisibility;

use crate::accounts::AuthorSummary;
use crate::posts::{Post, Shown};
use crate::repositories::entries::Entry;
use crate::repositories::graph::Relation;
use crate::repositories::identity::{IdentityStore, SummariesByName};
use crate::repositories::posts::{PostStore, ReadContext, entry};
use crate::repositories::timelines::TimelineStore;
use crate::{Error, Id, Username};

/// The rule for the posts of a list that a reader is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Posts of accounts that the reader follows, and the reader's own.
    Home,
    /// Posts of all accounts that the reader does not mute and where neither blocks the other.
    Public,
    /// Posts of an author whom the reader requested by name.
    Author,
}

impl Rule {
    fn shows_author(self, relation: Relation) -> bool {
        match self {
            Self::Home => relation.brings_home(),
            Self::Public => relation.shows(),
            Self::Author => relation.blocked.is_none(),
        }
    }

    fn shows_original(self, relation: Relation) -> bool {
        match self {
            Self::Home | Self::Public => relation.shows(),
            // The reader did not request this author by name.
            Self::Author => relation.names(),
        }
    }
}

/// Decides which posts readers are shown.
#[derive(Debug, Clone)]
pub(crate) struct Visibility {
    posts: PostStore,
    timelines: TimelineStore,
    accounts: Arc<IdentityStore>,
}

impl Visibility {
    pub(crate) fn new(posts: PostStore, timelines: TimelineStore, accounts: Arc<IdentityStore>) -> Self {
        Self { posts, timelines, accounts }
    }

    /// Returns the visible posts of some entries, in their order. Costs a read of SQLite; and one batch get for each
    /// 100 items, unless they were read before.
    async fn show(
        &self,
        entries: &[Entry],
        context: Option<ReadContext>,
        reader: Option<&Username>,
        rule: Rule,
    ) -> Result<Vec<Shown>, Error> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let originals = entries.iter().filter_map(|entry| entry.original.as_ref().map(|(_, author)| author));
        let names = entries.iter().map(|entry| &entry.author).chain(originals).cloned().collect();
        let sighting = async {
            match context {
                Some(context) => Ok(context),
                None => self.posts.read_context(entries, reader).await,
            }
        };
        let (context, summaries) = tokio::try_join!(sighting, self.accounts.summaries(names))?;
        let looked = Looked { context, summaries, reader, rule };
        let mut shown = Vec::with_capacity(entries.len());
        for entry in entries {
            shown.extend(looked.show(entry)?);
        }
        Ok(shown)
    }

    /// Returns a post, if this reader may see it. Costs a read and a batch get.
    pub(crate) async fn one(&self, reader: Option<&Username>, post: Id) -> Result<Option<Shown>, Error> {
        let Some(post) = self.posts.get(post).await? else { return Ok(None) };
        Ok(self.show(&[entry(&post)], None, reader, Rule::Author).await?.pop())
    }

    /// Returns comments as this reader may see them.
    pub(crate) async fn comments(&self, entries: &[Entry], reader: Option<&Username>) -> Result<Vec<Shown>, Error> {
        self.show(entries, None, reader, Rule::Public).await
    }

    /// Returns a post that was just written, or a replay of an earlier one, as this reader sees it. The original of a
    /// repost is shown only if the reader may still see it: it may have been edited, deleted or hidden since. Costs
    /// one batch get for a repost.
    pub(crate) async fn just_written(&self, post: Post, reader: &Username) -> Result<Shown, Error> {
        let author = self.accounts.summaries([post.author.clone()].into_iter().collect()).await?.remove(&post.author);
        let author = author.ok_or_else(|| Error::NotFound(format!("there is no user {}", post.author)))?;
        let original = post.repost_of.zip(post.original_author.clone());
        let original = original.map(|(id, author)| Entry { id, author, original: None });
        let original = self.show(original.as_slice(), None, Some(reader), Rule::Author).await?.pop();
        let original = original.map(|shown| Box::new((shown.post, shown.author)));
        Ok(Shown { post, author, original })
    }
}

/// What decides about the entries of a list.
struct Looked<'a> {
    context: ReadContext,
    summaries: SummariesByName,
    reader: Option<&'a Username>,
    rule: Rule,
}

impl Looked<'_> {
    /// Returns an entry as it is shown, or `None` if it is hidden or no longer exists.
    fn show(&self, entry: &Entry) -> Result<Option<Shown>, Error> {
        if !self.is_own(&entry.author) && !self.rule.shows_author(self.context.relation(&entry.author)) {
            return Ok(None);
        }
        let original = match &entry.original {
            None => None,
            Some((_, name)) if !self.is_own(name) && !self.rule.shows_original(self.context.relation(name)) => {
                return Ok(None);
            }
            Some((id, name)) => match self.post(*id, name)? {
                None => return Ok(None),
                found => found.map(Box::new),
            },
        };
        let found = self.post(entry.id, &entry.author)?;
        Ok(found.map(|(post, author)| Shown { post, author, original }))
    }

    /// Returns a post and the summary of its author, if both exist.
    fn post(&self, id: Id, author: &Username) -> Result<Option<(Post, Arc<AuthorSummary>)>, Error> {
        let Some(summary) = self.summaries.get(author) else { return Ok(None) };
        Ok(self.context.post(id)?.map(|post| (post, Arc::clone(summary))))
    }

    fn is_own(&self, name: &Username) -> bool {
        self.reader == Some(name)
    }
}
