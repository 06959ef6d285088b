//! A simple model of what accounts see. Accounts are numbers.

use std::collections::{BTreeMap, BTreeSet};

use twclone_domain::Id;

pub(super) type Person = usize;

/// Two accounts, in this direction.
pub(super) type Pair = (Person, Person);

#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) author: Person,
    /// The post that it reposts.
    pub(super) original: Option<Id>,
    /// The post that it comments on.
    pub(super) reply_to: Option<Id>,
}

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) posts: BTreeMap<Id, Written>,
    /// Deleted posts with comments, each with the post that it commented on.
    tombstones: BTreeMap<Id, Option<Id>>,
    pub(super) follows: BTreeSet<Pair>,
    pub(super) mutes: BTreeSet<Pair>,
    pub(super) blocks: BTreeSet<Pair>,
    /// Follows and unmutes since the jobs ran. Even before the next run, the follower misses no posts of these
    /// authors.
    pub(super) fresh: BTreeSet<Pair>,
}

impl Model {
    pub(super) fn apart(&self, one: Person, other: Person) -> bool {
        self.blocks.contains(&(one, other)) || self.blocks.contains(&(other, one))
    }

    /// Returns whether timelines of a reader show posts of an author.
    fn shows(&self, reader: Person, author: Person) -> bool {
        reader == author || !self.apart(reader, author) && !self.mutes.contains(&(reader, author))
    }

    /// Returns whether a reader can open a post by its id.
    pub(super) fn can_see(&self, reader: Person, post: Id) -> bool {
        let may = |author| !self.blocks.contains(&(author, reader));
        self.posts.get(&post).is_some_and(|written| {
            may(written.author) && written.original.is_none_or(|original| may(self.posts[&original].author))
        })
    }

    fn listed(&self, wanted: impl Fn(Person) -> bool, shows: impl Fn(Person) -> bool) -> Vec<Id> {
        let listed = self.posts.iter().rev().filter(|(_, written)| {
            let original = written.original.map(|original| self.posts[&original].author);
            written.reply_to.is_none() && wanted(written.author) && original.is_none_or(&shows)
        });
        listed.map(|(id, _)| *id).collect()
    }

    pub(super) fn home(&self, reader: Person) -> Vec<Id> {
        let shows = |author| self.shows(reader, author);
        let wanted = |author| author == reader || self.follows.contains(&(reader, author)) && shows(author);
        self.listed(wanted, shows)
    }

    pub(super) fn public(&self, reader: Option<Person>) -> Vec<Id> {
        let shows = |author| reader.is_none_or(|reader| self.shows(reader, author));
        self.listed(shows, shows)
    }

    /// Returns the posts of an author. `None` if the author has blocked the reader.
    pub(super) fn user(&self, reader: Option<Person>, author: Person) -> Option<Vec<Id>> {
        let may = |author| reader.is_none_or(|reader| !self.blocks.contains(&(author, reader)));
        // The authors of reposted posts were not requested by name, so blocks in both directions hide them.
        let shows = |other| reader.is_none_or(|reader| other == reader || !self.apart(reader, other));
        may(author).then(|| self.listed(|other| other == author, shows))
    }

    /// Returns the original of a repost, or any other post itself.
    pub(super) fn subject(&self, post: Id) -> Id {
        self.posts[&post].original.unwrap_or(post)
    }

    pub(super) fn repost_of(&self, who: Person, subject: Id) -> Option<Id> {
        let mut found = self.posts.iter();
        found.find(|(_, written)| written.author == who && written.original == Some(subject)).map(|(id, _)| *id)
    }

    /// Deletes a post and its reposts. Its comments stay below a tombstone, which is removed with the last of them.
    pub(super) fn delete(&mut self, post: Id) {
        let mut parent = self.posts[&post].reply_to;
        self.posts.retain(|id, written| *id != post && written.original != Some(post));
        if self.comments(post) > 0 {
            self.tombstones.insert(post, parent);
            return;
        }
        while let Some(id) = parent.filter(|id| !self.posts.contains_key(id) && self.comments(*id) == 0) {
            parent = self.tombstones.remove(&id).flatten();
        }
    }

    /// Returns how many comments a post has, tombstones included.
    fn comments(&self, post: Id) -> u64 {
        let replies = self.posts.values().map(|written| written.reply_to).chain(self.tombstones.values().copied());
        replies.filter(|reply_to| *reply_to == Some(post)).count() as u64
    }

    pub(super) fn block(&mut self, one: Person, other: Person) {
        self.blocks.insert((one, other));
        for pair in [(one, other), (other, one)] {
            self.follows.remove(&pair);
            self.fresh.remove(&pair);
        }
    }

    /// Returns how many reposts and comments a post has.
    pub(super) fn counts(&self, post: Id) -> (u64, u64) {
        let reposts = self.posts.values().filter(|written| written.original == Some(post)).count() as u64;
        (reposts, self.comments(post))
    }
}
