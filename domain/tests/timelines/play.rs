//! Plays a sequence of steps in an installation and in the model, and compares what is visible.

use proptest::prelude::{Strategy, prop_oneof};
use proptest::sample::Index;
use proptest::strategy::Just;
use twclone_domain::accounts::Caller;
use twclone_domain::{Error, Id};

use super::kit::{Harness, now};
use super::model::{Model, Person, Written};

/// A step. Indices select accounts and posts, modulo their number.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Post(Index),
    Repost(Index, Index),
    Undo(Index, Index),
    Comment(Index, Index),
    Delete(Index),
    Relate(Relate, Index, Index),
    /// Runs all jobs, and compares everything.
    Drain,
    /// Every account reads its home timeline.
    Look,
}

/// An action of one account towards another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relate {
    Follow,
    Unfollow,
    Block,
    Unblock,
    Mute,
    Unmute,
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let index = || proptest::arbitrary::any::<Index>();
    let relate = prop_oneof![
        10 => Just(Relate::Follow),
        4 => Just(Relate::Unfollow),
        1 => Just(Relate::Block),
        1 => Just(Relate::Unblock),
        2 => Just(Relate::Mute),
        2 => Just(Relate::Unmute),
    ];
    prop_oneof![
        10 => index().prop_map(Step::Post),
        4 => (index(), index()).prop_map(|(who, which)| Step::Repost(who, which)),
        2 => (index(), index()).prop_map(|(who, which)| Step::Undo(who, which)),
        2 => (index(), index()).prop_map(|(who, which)| Step::Comment(who, which)),
        3 => index().prop_map(Step::Delete),
        20 => (relate, index(), index()).prop_map(|(relate, one, other)| Step::Relate(relate, one, other)),
        3 => Just(Step::Drain),
        4 => Just(Step::Look),
    ]
}

/// Accounts in an installation, and what they should see.
pub(super) struct Play<'a> {
    pub(super) harness: &'a Harness,
    pub(super) people: Vec<Caller>,
    pub(super) model: Model,
    pub(super) begun: Id,
    pub(super) limit: usize,
    /// Whether only home timelines are compared. The others need no jobs.
    pub(super) brief: bool,
}

impl<'a> Play<'a> {
    /// Creates this many accounts. They read `limit` posts per page.
    pub(super) async fn new(harness: &'a Harness, people: usize, limit: usize) -> Self {
        let people = harness.people(people).await;
        Self { harness, people, model: Model::default(), begun: now(), limit, brief: false }
    }

    /// The same, but only compares home timelines.
    pub(super) async fn at_home(harness: &'a Harness, people: usize, limit: usize) -> Self {
        Self { brief: true, ..Self::new(harness, people, limit).await }
    }

    /// Performs a step in the installation and in the model.
    pub(super) async fn step(&mut self, step: &Step) -> Result<(), String> {
        let count = self.people.len();
        match step {
            Step::Post(who) => self.post(who.index(count)).await,
            Step::Drain => self.drain().await,
            Step::Look => self.look().await,
            Step::Relate(relate, one, other) => {
                let one = one.index(count);
                self.relate(*relate, one, (one + 1 + other.index(count - 1)) % count).await
            }
            Step::Repost(..) | Step::Undo(..) | Step::Comment(..) | Step::Delete(_) if self.model.posts.is_empty() => {
                Ok(())
            }
            Step::Repost(who, which) => self.repost(who.index(count), self.any(*which)).await,
            Step::Undo(who, which) => self.undo(who.index(count), self.any(*which)).await,
            Step::Comment(who, which) => self.comment(who.index(count), self.any(*which)).await,
            Step::Delete(which) => self.delete(self.any(*which)).await,
        }
    }

    /// Runs all jobs, and compares everything.
    pub(super) async fn drain(&mut self) -> Result<(), String> {
        self.harness.drain().await;
        self.model.fresh.clear();
        self.compare().await
    }

    pub(super) async fn post(&mut self, who: Person) -> Result<(), String> {
        let post = self.harness.post(&self.people[who]).await.map_err(said)?;
        self.write(post, who, None, None);
        Ok(())
    }

    async fn delete(&mut self, post: Id) -> Result<(), String> {
        let author = &self.people[self.model.posts[&post].author];
        self.harness.posts.delete(author, post).await.map_err(said)?;
        self.model.delete(post);
        Ok(())
    }

    /// Deletes the oldest post of an account.
    pub(super) async fn delete_oldest(&mut self, who: Person) -> Result<(), String> {
        let oldest = self.model.posts.iter().find(|(_, written)| written.author == who).map(|(id, _)| *id);
        self.delete(oldest.ok_or("there is none")?).await
    }

    /// Reposts the newest post of account 1.
    pub(super) async fn repost_newest(&mut self, who: Person) -> Result<(), String> {
        let newest = self.model.posts.iter().rev().find(|(_, written)| written.author == 1).map(|(id, _)| *id);
        self.repost(who, newest.ok_or("there is none")?).await
    }

    fn any(&self, which: Index) -> Id {
        *self.model.posts.keys().nth(which.index(self.model.posts.len())).unwrap()
    }

    fn write(&mut self, id: Id, author: Person, original: Option<Id>, reply_to: Option<Id>) {
        self.model.posts.insert(id, Written { author, original, reply_to });
    }

    async fn repost(&mut self, who: Person, which: Id) -> Result<(), String> {
        let subject = self.model.subject(which);
        let again = self.model.repost_of(who, subject).is_some();
        match self.harness.repost(&self.people[who], which).await {
            Ok(post) if self.model.can_see(who, which) && !again => self.write(post, who, Some(subject), None),
            Err(Error::NotFound(_)) if !self.model.can_see(who, which) => {}
            Err(Error::Conflict(_)) if again => {}
            other => return Err(format!("{who} reposts {which}: {other:?}")),
        }
        Ok(())
    }

    async fn undo(&mut self, who: Person, which: Id) -> Result<(), String> {
        let subject = self.model.subject(which);
        // Accounts can undo their own reposts, even after a block.
        let (own, sees) = (self.model.repost_of(who, subject), self.model.can_see(who, subject));
        match self.harness.posts.undo_repost(&self.people[who], None, which).await {
            Ok(shown) if shown.is_some() == sees && (sees || own.is_some()) => {
                if let Some(repost) = own {
                    self.model.delete(repost);
                }
            }
            Err(Error::NotFound(_)) if !sees && own.is_none() => {}
            other => return Err(format!("{who} undoes the repost of {which}: {other:?}")),
        }
        Ok(())
    }

    async fn comment(&mut self, who: Person, which: Id) -> Result<(), String> {
        let subject = self.model.subject(which);
        match self.harness.comment(&self.people[who], which).await {
            Ok(post) if self.model.can_see(who, which) => self.write(post, who, None, Some(subject)),
            Err(Error::NotFound(_)) if !self.model.can_see(who, which) => {}
            other => return Err(format!("{who} comments on {which}: {other:?}")),
        }
        Ok(())
    }

    pub(super) async fn relate(&mut self, relate: Relate, one: Person, other: Person) -> Result<(), String> {
        let (harness, who, whom, pair) = (self.harness, &self.people[one], &self.people[other], (one, other));
        let model = &mut self.model;
        let (done, wanted) = match relate {
            Relate::Follow => (harness.follow(who, whom).await, !model.follows.contains(&pair)),
            Relate::Unfollow => (harness.unfollow(who, whom).await, model.follows.contains(&pair)),
            Relate::Block => (harness.block(who, whom).await, !model.blocks.contains(&pair)),
            Relate::Unblock => (harness.unblock(who, whom).await, model.blocks.contains(&pair)),
            Relate::Mute => (harness.mute(who, whom).await, !model.mutes.contains(&pair)),
            Relate::Unmute => (harness.unmute(who, whom).await, model.mutes.contains(&pair)),
        };
        match done {
            Err(Error::NotFound(_) | Error::Conflict(_)) if relate == Relate::Follow && model.apart(one, other) => {
                return Ok(());
            }
            Ok(done) if done == wanted && !(relate == Relate::Follow && model.apart(one, other)) => {}
            done => return Err(format!("{relate:?} {pair:?}: {done:?}")),
        }
        match relate {
            Relate::Follow => drop(model.follows.insert(pair)),
            Relate::Unfollow => drop(model.follows.remove(&pair)),
            Relate::Block => model.block(one, other),
            Relate::Unblock => drop(model.blocks.remove(&pair)),
            Relate::Mute => drop(model.mutes.insert(pair)),
            Relate::Unmute => drop(model.mutes.remove(&pair)),
        }
        let hears = model.follows.contains(&pair) && !model.mutes.contains(&pair);
        if !hears {
            model.fresh.remove(&pair);
        } else if wanted {
            model.fresh.insert(pair);
        }
        Ok(())
    }
}

pub(super) fn said(error: Error) -> String {
    error.to_string()
}
