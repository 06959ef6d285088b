use std::collections::HashSet;

use super::{Check, Checked, Raw};
use crate::posts::Post;
use crate::seed::record::{Content, FollowRecord, LikeRecord, PostRecord};
use crate::seed::writing::again;
use crate::{Error, Fault, Id};

/// The number of an unknown author, after which the file has a fault.
const UNKNOWN: u32 = u32::MAX;

/// What must not occur twice in the file.
#[derive(Debug, Default)]
pub(super) struct Social {
    follows: HashSet<(u32, u32)>,
    /// Reposted post and author.
    reposts: HashSet<(Id, u32)>,
    likes: HashSet<(Id, u32)>,
}

/// A stored post, in as little memory as possible.
#[derive(Debug)]
pub(super) struct Stored {
    author: u32,
    repost_of: Option<Id>,
}

impl Checked {
    /// Returns the post of a checked record.
    pub(in crate::capabilities::seed) fn post(&self, record: PostRecord) -> Result<Post, Error> {
        let (text, reply_to, repost_of) = match record.content {
            Content::Text(text, reply_to) => (Some(text), reply_to, None),
            Content::Repost(original) => (None, None, Some(original)),
        };
        let original_author = match repost_of.map(|original| self.author(original)) {
            Some(None) => return Err(Error::internal("the file changed while it was loaded")),
            author => author.flatten().and_then(|author| self.people.get(author as usize)).cloned(),
        };
        Ok(Post {
            id: record.id,
            author: self.owner(&record.author),
            text,
            created_at: record.created_at,
            edited_at: None,
            reply_to,
            repost_of,
            original_author,
            likes: 0,
            reposts: 0,
            comments: 0,
            revision: 0,
            sent_by: record.sent_by.map(|name| self.owner(&name)),
        })
    }

    /// Returns a follow with the names as their owners write them.
    pub(in crate::capabilities::seed) fn follow(&self, record: &FollowRecord) -> FollowRecord {
        FollowRecord { follower: self.owner(&record.follower), followed: self.owner(&record.followed) }
    }

    /// Does the same for a like.
    pub(in crate::capabilities::seed) fn like(&self, record: &LikeRecord) -> LikeRecord {
        LikeRecord { who: self.owner(&record.who), post: record.post }
    }

    /// Returns the author of a post that is earlier in the file or stored.
    fn author(&self, post: Id) -> Option<u32> {
        self.posts.get(&post).copied().or_else(|| Some(self.stored.get(&post)?.author))
    }

    fn shown_by(&self, post: Id) -> Option<Id> {
        if self.posts.contains_key(&post) {
            self.reposts.get(&post).copied()
        } else {
            self.stored.get(&post)?.repost_of
        }
    }
}

impl Check<'_> {
    pub(super) async fn follows(&mut self, piece: Vec<Raw>) -> Result<(), Error> {
        for raw in piece {
            let mut faults = Vec::new();
            match raw.fields.and_then(FollowRecord::read) {
                Ok(record) => self.follow(&record, &mut faults).await?,
                Err(error) => self.faults.add(&raw.place, error)?,
            }
            self.blame(&raw.place, faults)?;
            self.checked.follows += 1;
        }
        Ok(())
    }

    async fn follow(&mut self, record: &FollowRecord, faults: &mut Vec<Fault>) -> Result<(), Error> {
        let named = [("follower", Some(&record.follower)), ("followed", Some(&record.followed))];
        let people = self.people(named, faults).await?;
        if record.follower == record.followed {
            faults.push(Fault::new("followed", "is the follower; name another account"));
        } else if let [follower, followed] = *people
            && !self.social.follows.insert((follower, followed))
        {
            let text = format!("{} follows {} earlier in this file", record.follower, record.followed);
            faults.push(Fault::new("followed", text));
        }
        Ok(())
    }

    pub(super) async fn posts(&mut self, piece: Vec<Raw>) -> Result<(), Error> {
        let mut records = Vec::with_capacity(piece.len());
        for raw in piece {
            let id = raw.fields.as_ref().ok().and_then(PostRecord::id);
            records.push((raw.place, id, raw.fields.and_then(PostRecord::read)));
            self.checked.all_posts += 1;
        }
        let own: HashSet<_> = records.iter().filter_map(|(_, id, _)| *id).collect();
        let parents = records.iter().filter_map(|(_, _, record)| record.as_ref().ok()?.parent());
        self.look_up(parents.filter(|parent| !own.contains(parent)).collect()).await?;
        for (place, id, record) in records {
            let mut faults = Vec::new();
            match record {
                Ok(record) => self.post(&record, &mut faults).await?,
                Err(error) => {
                    // Its id counts as known, so that records that refer to it are not reported, too.
                    if let Some(id) = id {
                        self.checked.posts.entry(id).or_insert(UNKNOWN);
                    }
                    self.faults.add(&place, error)?;
                }
            }
            self.blame(&place, faults)?;
        }
        Ok(())
    }

    async fn post(&mut self, record: &PostRecord, faults: &mut Vec<Fault>) -> Result<(), Error> {
        let named = [("username", Some(&record.author)), ("sent-by", record.sent_by.as_ref())];
        let people = self.people(named, faults).await?;
        if self.checked.posts.contains_key(&record.id) {
            faults.push(Fault::new("id", format!("{} appears earlier in this file", record.id)));
            return Ok(());
        }
        // An unknown author is already reported. The post still counts as known, so that records about it are not.
        let author = people.first().copied().unwrap_or(UNKNOWN);
        let (field, original) = match record.content {
            Content::Text(_, parent) => ("reply-to-id", parent),
            Content::Repost(original) => ("repost-of", Some(original)),
        };
        if let Some(parent) = original {
            self.look_up(vec![parent]).await?;
            if self.checked.author(parent).is_none() {
                let text = format!("there is no post {parent}, neither before this one in the file nor stored");
                faults.push(Fault::new(field, text));
            } else if let Some(original) = self.checked.shown_by(parent) {
                faults.push(Fault::new(field, format!("{parent} is a repost; name its original, {original}")));
            } else if field == "repost-of" && !self.social.reposts.insert((parent, author)) {
                let text = format!("{} reposts {parent} earlier in this file", record.author);
                faults.push(Fault::new(field, text));
            }
        }
        self.checked.posts.insert(record.id, author);
        if let Content::Repost(original) = record.content {
            self.checked.reposts.insert(record.id, original);
        }
        Ok(())
    }

    pub(super) async fn likes(&mut self, piece: Vec<Raw>) -> Result<(), Error> {
        let mut records = Vec::with_capacity(piece.len());
        for raw in piece {
            match raw.fields.and_then(LikeRecord::read) {
                Ok(record) => records.push((raw.place, record)),
                Err(error) => self.faults.add(&raw.place, error)?,
            }
            self.checked.likes += 1;
        }
        self.look_up(records.iter().map(|(_, record)| record.post).collect()).await?;
        for (place, record) in records {
            let mut faults = Vec::new();
            self.like(&record, &mut faults).await?;
            self.blame(&place, faults)?;
        }
        Ok(())
    }

    async fn like(&mut self, record: &LikeRecord, faults: &mut Vec<Fault>) -> Result<(), Error> {
        let people = self.people([("username", Some(&record.who))], faults).await?;
        let post = record.post;
        if self.checked.author(post).is_none() {
            faults.push(Fault::new("post", format!("there is no post {post}, neither in this file nor stored")));
        } else if let Some(original) = self.checked.shown_by(post) {
            faults.push(Fault::new("post", format!("{post} is a repost; name its original, {original}")));
        } else if let [who] = *people
            && !self.social.likes.insert((post, who))
        {
            faults.push(Fault::new("post", format!("{} likes {post} earlier in this file", record.who)));
        }
        Ok(())
    }

    /// Looks up those of these posts that are not known yet, and remembers the stored ones.
    async fn look_up(&mut self, mut posts: Vec<Id>) -> Result<(), Error> {
        posts.retain(|post| self.checked.author(*post).is_none());
        posts.sort_unstable();
        posts.dedup();
        let loader = self.installation.posts.loader();
        for post in again(|_| loader.get_many(&posts)).await? {
            if let Some(author) = self.number(&post.author).await? {
                self.checked.stored.insert(post.id, Stored { author, repost_of: post.repost_of });
            }
        }
        Ok(())
    }

    fn blame(&mut self, place: &str, faults: Vec<Fault>) -> Result<(), Error> {
        if faults.is_empty() { Ok(()) } else { self.faults.add(place, Error::Invalid(faults)) }
    }
}
