use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};

use compact_str::CompactString;

use super::{Report, Writer};
use crate::graph::{self, Imported};
use crate::posts::{self, Post};
use crate::seed::Loaded;
use crate::seed::file::{self, Kind, Raw};
use crate::seed::record::{FollowRecord, LikeRecord, PostRecord};
use crate::seed::writing::{Ended, FOLLOWS, LIKES, POSTS, Writing, again};
use crate::{Error, Id, Installation, Username};

/// The maximum number of posts held: being written, or waiting for their parents.
const HELD: usize = 2_048;

impl Writer<'_> {
    /// Adds the missing follows.
    pub(in crate::capabilities::seed) async fn follows(&self, report: &mut Report) -> Result<(), Error> {
        let mut writing = Writing::new(FOLLOWS, self.checked.follows, report, self.listener);
        let hand = Hand::of(self.installation);
        let read = |raw: Raw| Ok((raw.place, self.checked.follow(&FollowRecord::read(raw.fields?)?)));
        let mut pieces = file::read(self.source, Kind::Follow);
        while self.checked.follows > 0
            && let Some(piece) = pieces.recv().await
        {
            let records = piece?.into_iter().map(read).collect::<Result<Vec<_>, Error>>()?;
            let names = records.iter().flat_map(|(_, follow)| [follow.follower.clone(), follow.followed.clone()]);
            let deleted = hand.posts.deleted(names.collect()).await?;
            for (place, FollowRecord { follower, followed }) in records {
                if let Some(reason) = self.gone([Some(&follower), Some(&followed)], &deleted) {
                    writing.refuse(&place, reason);
                    continue;
                }
                writing.make_room(usize::MAX).await?;
                let deed = Deed::Follow(follower, followed, hand.graph.next_id().await?);
                writing.begin(hand.clone().work(place, deed));
            }
        }
        writing.end().await
    }

    /// Adds the missing posts, each after its parent. Returns those that were refused.
    pub(in crate::capabilities::seed) async fn posts(&self, report: &mut Report) -> Result<HashSet<Id>, Error> {
        let hand = Hand::of(self.installation);
        let mut line = Line {
            writing: Writing::new(POSTS, self.checked.all_posts, report, self.listener),
            hand: hand.clone(),
            held: HashSet::new(),
            waiting: HashMap::new(),
            ready: Vec::new(),
            refused: HashSet::new(),
        };
        let read = |raw: Raw| Ok((raw.place, self.checked.post(PostRecord::read(raw.fields?)?)?));
        let mut pieces = file::read(self.source, Kind::Post);
        while self.checked.all_posts > 0
            && let Some(piece) = pieces.recv().await
        {
            let records = piece?.into_iter().map(read).collect::<Result<Vec<_>, Error>>()?;
            let ids: Vec<_> = records.iter().map(|(_, post)| post.id).collect();
            let stored = again(|_| hand.posts.get_many(&ids)).await?;
            let stored: HashMap<_, _> = stored.into_iter().map(|post| (post.id, post)).collect();
            let deleted = hand.posts.deleted(records.iter().map(|(_, post)| post.author.clone()).collect()).await?;
            for (place, post) in records {
                let fate = match stored.get(&post.id) {
                    Some(found) => Some(posts::compare(found, &post)),
                    None => self.gone([Some(&post.author), post.sent_by.as_ref()], &deleted).map(Loaded::Refused),
                };
                match fate {
                    Some(fate) => line.note(&place, post.id, fate),
                    None => line.add(place, post).await?,
                }
            }
        }
        line.end().await
    }

    /// Adds the missing likes, except of posts that were refused.
    pub(in crate::capabilities::seed) async fn likes(
        &self,
        refused: &HashSet<Id>,
        report: &mut Report,
    ) -> Result<(), Error> {
        let mut writing = Writing::new(LIKES, self.checked.likes, report, self.listener);
        let hand = Hand::of(self.installation);
        let read = |raw: Raw| Ok((raw.place, self.checked.like(&LikeRecord::read(raw.fields?)?)));
        let mut pieces = file::read(self.source, Kind::Like);
        while self.checked.likes > 0
            && let Some(piece) = pieces.recv().await
        {
            let records = piece?.into_iter().map(read).collect::<Result<Vec<_>, Error>>()?;
            let deleted = hand.posts.deleted(records.iter().map(|(_, like)| like.who.clone()).collect()).await?;
            for (place, LikeRecord { who, post }) in records {
                let reason = refused.contains(&post).then(|| parent_refused(post));
                if let Some(reason) = reason.or_else(|| self.gone([Some(&who)], &deleted)) {
                    writing.refuse(&place, reason);
                    continue;
                }
                writing.make_room(usize::MAX).await?;
                writing.begin(hand.clone().work(place, Deed::Like(post, who)));
            }
        }
        writing.end().await
    }

    /// Returns why nothing is written for these names, if one of them has no account or a deleted one.
    fn gone<const N: usize>(&self, names: [Option<&Username>; N], deleted: &[CompactString]) -> Option<String> {
        let is_deleted = |name: &&Username| deleted.contains(&name.key());
        self.absent(names).or_else(|| names.into_iter().flatten().find(is_deleted).map(was_deleted))
    }
}

/// A record to write.
#[derive(Debug)]
enum Deed {
    Follow(Username, Username, Id),
    Post(Post),
    Like(Id, Username),
}

/// The loaders that write records.
#[derive(Debug, Clone)]
struct Hand {
    graph: graph::Loader,
    posts: posts::Loader,
}

impl Hand {
    fn of(installation: &Installation) -> Self {
        Self { graph: installation.graph.loader(), posts: installation.posts.loader() }
    }

    async fn work(self, place: String, deed: Deed) -> Result<Vec<Ended>, Error> {
        let at_once = AtomicBool::new(true);
        let fate = again(|is_first| {
            at_once.store(is_first, Ordering::Relaxed);
            self.attempt(&deed, is_first)
        });
        let fate = fate.await?;
        let post = if let Deed::Post(post) = deed { Some(post.id) } else { None };
        Ok(vec![Ended { place, post, fate, at_once: at_once.into_inner() }])
    }

    /// Looks up deleted accounts again, unless this is the first attempt: its caller has just looked them up.
    async fn attempt(&self, deed: &Deed, is_first: bool) -> Result<Loaded, Error> {
        let people = match deed {
            Deed::Follow(who, whom, _) => vec![who.clone(), whom.clone()],
            Deed::Post(Post { author: who, .. }) | Deed::Like(_, who) => vec![who.clone()],
        };
        if !is_first && let Some(name) = self.posts.deleted(people).await?.first() {
            return Ok(Loaded::Refused(was_deleted(name)));
        }
        match deed {
            Deed::Follow(who, whom, id) => Ok(match self.graph.load(who, whom, *id).await? {
                Imported::New => Loaded::Created,
                Imported::Already => Loaded::Unchanged,
                Imported::Refused(reason) => Loaded::Refused(reason),
            }),
            Deed::Post(post) => self.posts.add(post).await,
            Deed::Like(post, who) => self.posts.like(*post, who).await,
        }
    }
}

/// Writes posts, none before its parent.
struct Line<'a> {
    writing: Writing<'a>,
    hand: Hand,
    /// The posts being written, and those that wait.
    held: HashSet<Id>,
    /// The posts that wait, by parent.
    waiting: HashMap<Id, Vec<(String, Post)>>,
    /// The posts that no longer wait.
    ready: Vec<(String, Post)>,
    refused: HashSet<Id>,
}

impl Line<'_> {
    /// Adds a post. It is written once its parent exists.
    async fn add(&mut self, place: String, post: Post) -> Result<(), Error> {
        while self.held.len() >= HELD {
            self.end_some().await?;
        }
        match parent(&post).filter(|parent| self.held.contains(parent)) {
            Some(parent) => {
                self.held.insert(post.id);
                self.waiting.entry(parent).or_default().push((place, post));
            }
            None => self.begin(place, post).await?,
        }
        Ok(())
    }

    async fn begin(&mut self, place: String, post: Post) -> Result<(), Error> {
        self.held.insert(post.id);
        self.ready.push((place, post));
        while !self.ready.is_empty() && !self.writing.has_room() {
            self.end_some().await?;
        }
        self.go_on();
        Ok(())
    }

    /// Waits until a write ends, and continues with the posts that waited for it.
    async fn end_some(&mut self) -> Result<(), Error> {
        for Ended { post, fate, .. } in self.writing.end_one().await? {
            if let Some(post) = post {
                self.ended(post, &fate);
            }
        }
        self.go_on();
        Ok(())
    }

    async fn end(mut self) -> Result<HashSet<Id>, Error> {
        while !self.held.is_empty() {
            self.end_some().await?;
        }
        Ok(self.refused)
    }

    fn note(&mut self, place: &str, post: Id, fate: Loaded) {
        self.ended(post, &fate);
        self.writing.note(place, fate);
    }

    fn ended(&mut self, post: Id, fate: &Loaded) {
        if matches!(fate, Loaded::Refused(_)) {
            self.refused.insert(post);
        }
        self.held.remove(&post);
        self.ready.extend(self.waiting.remove(&post).unwrap_or_default());
    }

    /// Starts to write posts that are ready, as many as may run concurrently.
    fn go_on(&mut self) {
        while self.writing.has_room()
            && let Some((place, post)) = self.ready.pop()
        {
            if let Some(parent) = parent(&post).filter(|parent| self.refused.contains(parent)) {
                self.note(&place, post.id, Loaded::Refused(parent_refused(parent)));
                continue;
            }
            self.writing.begin(self.hand.clone().work(place, Deed::Post(post)));
        }
    }
}

fn parent(post: &Post) -> Option<Id> {
    post.reply_to.or(post.repost_of)
}

fn was_deleted(name: impl Display) -> String {
    format!("the account {name} was deleted")
}

fn parent_refused(parent: Id) -> String {
    format!("the post {parent}, to which it refers, was refused")
}
