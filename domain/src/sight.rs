//! What a reader sees: a list of references is read, each post is looked up, and rules say what of it he is shown. So
//! what is deleted, unfollowed, blocked or muted is gone at the next read, whatever still stands in the lists.

mod page;

use std::sync::Arc;

pub(crate) use page::List;

use crate::accounts::Face;
use crate::posts::{Post, Shown};
use crate::store::entries::Entry;
use crate::store::graph::Relation;
use crate::store::identity::{FacesByName, IdentityStore};
use crate::store::posts::{PostStore, Sighted, entry};
use crate::store::timelines::TimelineStore;
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
            Self::Author => relation.blocked.is_none(),
        }
    }
}

/// Shows posts to readers.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    posts: PostStore,
    timelines: TimelineStore,
    accounts: Arc<IdentityStore>,
}

impl Sight {
    pub(crate) fn new(posts: PostStore, timelines: TimelineStore, accounts: Arc<IdentityStore>) -> Self {
        Self { posts, timelines, accounts }
    }

    /// Shows what may be shown of some entries, in their order. Costs a read of SQLite; and one read of many for each 100
    /// items, where they are not read yet.
    async fn show(
        &self,
        entries: &[Entry],
        sighted: Option<Sighted>,
        reader: Option<&Username>,
        rule: Rule,
    ) -> Result<Vec<Shown>, Error> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let originals = entries.iter().filter_map(|entry| entry.original.as_ref().map(|(_, author)| author));
        let names = entries.iter().map(|entry| &entry.author).chain(originals).cloned().collect();
        let sighting = async {
            match sighted {
                Some(sighted) => Ok(sighted),
                None => self.posts.sight(entries, reader).await,
            }
        };
        let (sighted, faces) = tokio::try_join!(sighting, self.accounts.faces(names))?;
        let looked = Looked { sighted, faces, reader, rule };
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

    /// A post that was just written, or was once, as its author sees it. Costs a read for a repost.
    pub(crate) async fn just_written(&self, post: Post) -> Result<Shown, Error> {
        let names = [Some(&post.author), post.original_author.as_ref()].into_iter().flatten().cloned().collect();
        let mut faces = self.accounts.faces(names).await?;
        let author = faces.get(&post.author).cloned();
        let author = author.ok_or_else(|| Error::NotFound(format!("there is no user {}", post.author)))?;
        let original = match post.repost_of {
            Some(original) => self.posts.get(original).await?,
            None => None,
        };
        let original = original.and_then(|post| {
            let face = faces.remove(&post.author)?;
            Some(Box::new((post, face)))
        });
        Ok(Shown { post, author, original })
    }
}

/// All that decides about a list.
struct Looked<'a> {
    sighted: Sighted,
    faces: FacesByName,
    reader: Option<&'a Username>,
    rule: Rule,
}

impl Looked<'_> {
    /// An entry as it is shown, where it is.
    fn show(&self, entry: &Entry) -> Result<Option<Shown>, Error> {
        if !self.is_own(&entry.author) && !self.rule.shows_author(self.sighted.relation(&entry.author)) {
            return Ok(None);
        }
        let original = match &entry.original {
            None => None,
            Some((_, name)) if !self.is_own(name) && !self.rule.shows_original(self.sighted.relation(name)) => {
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
    fn post(&self, id: Id, author: &Username) -> Result<Option<(Post, Arc<Face>)>, Error> {
        let Some(face) = self.faces.get(author) else { return Ok(None) };
        Ok(self.sighted.post(id)?.map(|post| (post, Arc::clone(face))))
    }

    fn is_own(&self, name: &Username) -> bool {
        self.reader == Some(name)
    }
}
