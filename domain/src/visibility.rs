//! What a reader sees: a list of references is read, each post is looked up, and rules say what of it he is shown. So
//! what is deleted, unfollowed, blocked or muted is gone at the next read, whatever still stands in the lists.

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

/// Which posts of a list a reader is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Those of whom he follows, and his own.
    Home,
    /// Those of all whom he neither mutes nor blocks.
    Public,
    /// Those of an author whom he asks for by name.
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
            // Nobody asked for this one by name.
            Self::Author => relation.names(),
        }
    }
}

/// Shows posts to readers.
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

    /// Shows what may be shown of some entries, in their order. Costs a read of SQLite; and one read of many for each 100
    /// items, where they are not read yet.
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

    /// One post, where this reader may see it. Costs a read, and one of many.
    pub(crate) async fn one(&self, reader: Option<&Username>, post: Id) -> Result<Option<Shown>, Error> {
        let Some(post) = self.posts.get(post).await? else { return Ok(None) };
        Ok(self.show(&[entry(&post)], None, reader, Rule::Author).await?.pop())
    }

    /// Comments, as this reader may see them.
    pub(crate) async fn comments(&self, entries: &[Entry], reader: Option<&Username>) -> Result<Vec<Shown>, Error> {
        self.show(entries, None, reader, Rule::Public).await
    }

    /// A post that was just written, or was once, as this reader sees it. The original of a repost is shown only where
    /// the reader may still see it: it may have been edited, deleted or hidden since. Costs one read of many for a
    /// repost.
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

/// All that decides about a list.
struct Looked<'a> {
    context: ReadContext,
    summaries: SummariesByName,
    reader: Option<&'a Username>,
    rule: Rule,
}

impl Looked<'_> {
    /// An entry as it is shown, where it is.
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

    /// A post and the face of its author, where there are both.
    fn post(&self, id: Id, author: &Username) -> Result<Option<(Post, Arc<AuthorSummary>)>, Error> {
        let Some(summary) = self.summaries.get(author) else { return Ok(None) };
        Ok(self.context.post(id)?.map(|post| (post, Arc::clone(summary))))
    }

    fn is_own(&self, name: &Username) -> bool {
        self.reader == Some(name)
    }
}
