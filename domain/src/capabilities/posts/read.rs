use futures_util::future::try_join_all;

use super::write::unknown;
use super::{Comment, Post, Posts, Shown};
use crate::accounts::Caller;
use crate::model::page::{Filling, ListName};
use crate::model::post::Revision;
use crate::repositories::posts::FanKind;
use crate::{Error, Id, Page, PageRequest, Username};

/// Number of comments shown with a post.
const COMMENTS: usize = 3;
/// Number of names shown of accounts that like or reposted a post.
const FANS: usize = 6;
/// Number of these names per read. Some may be filtered out.
const FANS_READ: usize = 12;
/// Maximum number of reads of a list of these names, if many are filtered out.
const FAN_ROUNDS: usize = 8;

impl Posts {
    /// Returns a post as this reader may see it. `None` is a reader who is not logged in.
    ///
    /// # Errors
    /// `NotFound`, also if the author has blocked the reader or is no longer active.
    pub async fn get(&self, reader: Option<&Caller>, post: Id) -> Result<Shown, Error> {
        self.visibility.one(reader.map(Caller::name), post).await?.ok_or_else(|| unknown(post))
    }

    /// Lists the comments on a post, oldest first. A deleted post keeps its list while it has comments. Costs as much
    /// as showing the post, a query and a batch get; for a deleted post one more read.
    ///
    /// # Errors
    /// As for [`Posts::get`]; `BadCursor`.
    pub async fn comments(
        &self,
        reader: Option<&Caller>,
        post: Id,
        request: &PageRequest,
    ) -> Result<Page<Comment>, Error> {
        let reader = reader.map(Caller::name);
        let subject = match self.visibility.one(reader, post).await? {
            Some(shown) => shown.subject().id,
            None if self.store.is_tombstone(post).await? => post,
            None => return Err(unknown(post)),
        };
        let (number, caller) = (subject.to_string(), reader.map(Username::key).unwrap_or_default());
        let parts = ["comments", &number, &caller];
        let name = ListName(&parts);
        let page = Filling::new(name.position(request)?, request.limit);
        Ok(self.visibility.comments_page(subject, reader, page).await?.end(&name))
    }

    /// Lists the former texts of a post, oldest first.
    ///
    /// # Errors
    /// As for [`Posts::get`]; `BadCursor`.
    pub async fn revisions(
        &self,
        reader: Option<&Caller>,
        post: Id,
        request: &PageRequest,
    ) -> Result<Page<Revision>, Error> {
        let shown = self.get(reader, post).await?;
        let (number, caller) = (post.to_string(), reader.map(|reader| reader.name().key()).unwrap_or_default());
        let parts = ["revisions", &number, &caller];
        let name = ListName(&parts);
        let after = name.position(request)?.and_then(|after| u32::try_from(after.number()).ok());
        let revisions = self.store.revisions(shown.post.id, after, request.limit.get() + 1).await?;
        let place = |revision: &Revision| Id::new(revision.number.into()).unwrap_or(shown.post.id);
        Ok(name.page(revisions, request.limit, place))
    }

    /// Returns the latest three comments on each of these posts, newest first, as this reader may see them. Costs a
    /// query for each post that has comments, and one batch get for all.
    pub async fn latest_comments(&self, reader: Option<&Caller>, posts: &[Shown]) -> Result<Vec<Vec<Shown>>, Error> {
        let looking = posts.iter().map(Shown::subject).map(async |post| match post.comments {
            0 => Ok(Vec::new()),
            _ => self.store.latest_comments(post.id, COMMENTS).await,
        });
        let lists = try_join_all(looking).await?;
        let all: Vec<_> = lists.iter().flatten().cloned().collect();
        let shown = self.visibility.comments(&all, reader.map(Caller::name)).await?;
        let find = |id: Id| shown.iter().find(|comment| comment.post.id == id).cloned();
        Ok(lists.iter().map(|list| list.iter().filter_map(|entry| find(entry.id)).collect()).collect())
    }

    /// Returns the names of a few accounts that like each of these posts, and of a few that reposted it, as far as
    /// this reader may see them. Costs a query for each list that is not empty, and with a reader one batch get for
    /// all; more if many names are filtered out.
    ///
    /// # Errors
    /// Errors of the stores.
    pub async fn fans(&self, reader: Option<&Caller>, posts: &[Shown]) -> Result<Vec<Fans>, Error> {
        let reader = reader.map(Caller::name);
        let mut lists: Vec<_> = posts.iter().map(Shown::subject).flat_map(FanList::both).collect();
        for _ in 0..FAN_ROUNDS {
            let mut open: Vec<_> = lists.iter_mut().filter(|list| list.more && list.names.len() < FANS).collect();
            if open.is_empty() {
                break;
            }
            let reading = open.iter().map(|list| self.store.fans(list.kind, list.post, list.after.as_ref(), FANS_READ));
            let read = try_join_all(reading).await?;
            let summaries =
                self.accounts.visibility.summaries(read.iter().flatten().cloned().collect(), reader).await?;
            for (list, names) in open.iter_mut().zip(read) {
                list.more = names.len() == FANS_READ;
                list.after = names.last().cloned();
                list.names.extend(names.into_iter().filter(|name| summaries.contains_key(name)));
                list.names.truncate(FANS);
            }
        }
        let mut names = lists.into_iter().map(|list| list.names);
        Ok(posts
            .iter()
            .map(|_| Fans { likes: names.next().unwrap_or_default(), reposts: names.next().unwrap_or_default() })
            .collect())
    }
}

/// The list of accounts that like or reposted a post, as far as it was read.
struct FanList {
    kind: FanKind,
    post: Id,
    names: Vec<Username>,
    after: Option<Username>,
    more: bool,
}

impl FanList {
    fn both(post: &Post) -> [Self; 2] {
        [(FanKind::Likers, post.likes), (FanKind::Reposters, post.reposts)].map(|(kind, count)| Self {
            kind,
            post: post.id,
            names: Vec::new(),
            after: None,
            more: count > 0,
        })
    }
}

/// Up to six accounts that like a post, and up to six that reposted it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fans {
    /// The accounts that like it.
    pub likes: Vec<Username>,
    /// The accounts that reposted it.
    pub reposts: Vec<Username>,
}
