use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{Rule, Visibility};
use crate::model::page::{Filling, Offset};
use crate::posts::{Comment, Shown};
use crate::repositories::entries::Entry;
use crate::repositories::posts::{Listed, ReadContext};
use crate::{Error, Id, Username};

/// Maximum number of reads for one page, if many entries are filtered out.
const ROUNDS: usize = 8;
/// Number of authors that are pulled concurrently.
const WIDTH: usize = 16;
/// Maximum number of posts per page on the way to an offset.
const STEP: usize = 100;

/// A list of posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List<'a> {
    /// A home timeline, newest first.
    Home(&'a Username),
    /// The posts of all accounts, newest first.
    Public,
    /// The posts and reposts of an author, newest first.
    Author(&'a Username),
}

impl Visibility {
    /// Returns up to `limit` visible posts of a list after an entry, and the id to continue after if there are more.
    /// If too many entries are filtered out, the page can be shorter although there are more.
    pub(crate) async fn page(
        &self,
        list: List<'_>,
        reader: Option<&Username>,
        mut after: Option<Id>,
        limit: usize,
    ) -> Result<(Vec<Shown>, Option<Id>), Error> {
        let mut page = Vec::with_capacity(limit);
        for _ in 0..ROUNDS {
            let wanted = limit - page.len();
            let (mut entries, context) = self.entries(list, reader, after, wanted).await?;
            let more = entries.len() > wanted;
            entries.truncate(wanted);
            page.extend(self.show(&entries, context, reader, list.rule()).await?);
            after = entries.last().map(|entry| entry.id).or(after);
            if !more {
                return Ok((page, None));
            }
            if page.len() == limit {
                break;
            }
        }
        Ok((page, after))
    }

    /// Fills a page of the comments on a post, oldest first. A deleted comment that has comments itself is shown as
    /// deleted to everybody. Costs a query and one batch get; more if many are filtered out.
    pub(crate) async fn comments_page(
        &self,
        post: Id,
        reader: Option<&Username>,
        mut page: Filling<Comment>,
    ) -> Result<Filling<Comment>, Error> {
        while let Some((after, count)) = page.wants() {
            let read = self.posts.comments(post, after, count).await?;
            let is_last = read.len() < count;
            let entries: Vec<_> = read.iter().filter_map(|(_, entry)| entry.clone()).collect();
            let mut shown = self.show(&entries, None, reader, Rule::Public).await?.into_iter().peekable();
            let comments = read.into_iter().map(|(id, entry)| match entry {
                None => (id, Some(Comment::Deleted(id))),
                Some(_) => {
                    (id, shown.next_if(|shown| shown.post.id == id).map(|shown| Comment::Shown(Box::new(shown))))
                }
            });
            page.take(comments, is_last);
        }
        Ok(page)
    }

    /// Returns the visible posts of a list from an offset. Reads the list from its start up to there.
    pub(crate) async fn from(
        &self,
        list: List<'_>,
        reader: Option<&Username>,
        offset: Offset,
    ) -> Result<Vec<Shown>, Error> {
        let end = offset.start + offset.limit.get();
        let (mut shown, mut after) = (Vec::new(), None);
        while shown.len() < end {
            let (page, next) = self.page(list, reader, after, STEP.min(end - shown.len())).await?;
            shown.extend(page);
            after = next;
            if after.is_none() {
                break;
            }
        }
        Ok(shown.into_iter().skip(offset.start).collect())
    }

    /// Returns up to `count` entries of a list and one more, if there is; and what is needed to show them, if it was
    /// read in the same call.
    async fn entries(
        &self,
        list: List<'_>,
        reader: Option<&Username>,
        after: Option<Id>,
        count: usize,
    ) -> Result<(Vec<Entry>, Option<ReadContext>), Error> {
        let listed = match list {
            List::Home(owner) => Listed::Home(owner),
            List::Author(author) => Listed::Author(author),
            List::Public => return Ok((self.timelines.public(after, count + 1).await?, None)),
        };
        let listing = self.posts.list(listed, after, count, reader).await?;
        Ok((self.pull(listing.entries, &listing.pulled, after, count + 1).await?, listing.context))
    }

    /// Merges the pushed entries of a home timeline with the posts of the pulled authors.
    async fn pull(
        &self,
        brought: Vec<Entry>,
        pulled: &[Username],
        after: Option<Id>,
        count: usize,
    ) -> Result<Vec<Entry>, Error> {
        let mut entries = brought;
        if pulled.is_empty() {
            return Ok(entries);
        }
        let pulling: Vec<_> = pulled.iter().map(|author| self.posts.authored(author, after, count)).collect();
        let found: Vec<_> = stream::iter(pulling).buffer_unordered(WIDTH).try_collect().await?;
        entries.extend(found.into_iter().flatten());
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.id));
        // Posts that were pushed before their author was pulled.
        entries.dedup_by_key(|entry| entry.id);
        entries.truncate(count);
        Ok(entries)
    }
}

impl List<'_> {
    fn rule(self) -> Rule {
        match self {
            Self::Home(_) => Rule::Home,
            Self::Public => Rule::Public,
            Self::Author(_) => Rule::Author,
        }
    }
}
