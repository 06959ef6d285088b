//! A request that began before an account was deleted, and writes after the deletion is finished, is refused.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use twclone_schema::{GRAPH, MESSAGES, PLATFORM, POSTS, SHOP, TIMELINES};

use twclone_domain::accounts::{Caller, NewGrant};
use twclone_domain::messages::{Draft, OptionIndex, QuickReplies, QuickReply, Reply, Send};
use twclone_domain::posts::NewPost;
use twclone_domain::{Clock, Error, Id};
use twclone_testkit::World;

use super::kit::{Harness, PATIENT, by_name};
use super::left::all;

/// Longer than a deletion waits for requests that began before it, in milliseconds.
const LONG: i64 = 6_000;

/// An installation whose clock the test sets ahead.
struct Stage {
    harness: Harness,
    ahead: Arc<AtomicI64>,
    other: Caller,
}

impl Stage {
    async fn open(world: &World) -> Self {
        let ahead = Arc::new(AtomicI64::new(0));
        let (system, by) = (Clock::system(), Arc::clone(&ahead));
        let clock = Clock::new(move || system.now().plus_millis(by.load(Ordering::Relaxed)));
        let harness = Harness::open_by(world, 5_000, clock, PATIENT).await;
        let other = harness.people(1).await.remove(0);
        Self { harness, ahead, other }
    }

    async fn fixture(&self) -> Caller {
        self.harness.people(1).await.remove(0)
    }

    /// Pauses a write before its transaction until the account is deleted and purged. Asserts that the write fails
    /// and leaves no items, and returns its error.
    async fn behind<T: Debug>(&self, fixture: &Caller, write: impl Future<Output = Result<T, Error>>) -> Error {
        self.harness.pause.before_write();
        let delete = async {
            self.harness.pause.reached().await;
            self.harness.accounts.delete(fixture, None).await.unwrap();
            self.ahead.fetch_add(LONG, Ordering::Relaxed);
            let administrator = self.harness.administrator();
            self.harness.deletions.finish(&administrator, fixture.account().id, &|_| {}).await.unwrap();
            self.harness.pause.release();
        };
        let (written, ()) = tokio::join!(write, delete);
        let left = self.left_of(fixture.name().as_str()).await;
        assert_eq!(left, Vec::<String>::new(), "{written:?}");
        written.unwrap_err()
    }

    /// Returns the keys of all items in the partitions of an account.
    async fn left_of(&self, name: &str) -> Vec<String> {
        let mut left = Vec::new();
        for (table, kinds) in
            [(MESSAGES, "isu"), (POSTS, "ack"), (GRAPH, "efgbm"), (TIMELINES, "hw"), (SHOP, "c"), (PLATFORM, "")]
        {
            for item in all(&self.harness, table).await {
                let of = |kind: char| item.key.partition == format!("{kind}#{name}");
                if kinds.chars().any(of) || item.key.partition == format!("acts#{name}") {
                    left.push(format!("{} {}", item.key.partition, item.key.sort));
                }
            }
        }
        left
    }

    async fn send(&self, from: &Caller, to: &Caller, options: bool) -> Result<Id, Error> {
        let offered = || QuickReplies::new(vec!["Yes".parse().unwrap(), "No".parse().unwrap()]).unwrap();
        let options = options.then(offered);
        let draft = Draft { from: None, to: by_name(to), text: "Well?".parse().unwrap(), quick_replies: options };
        Ok(self.harness.messages.send(from, Send { draft, once: None }).await?.value.id)
    }

    async fn reply(&self, from: &Caller, to: &Caller, reply_to: Id) -> Result<Id, Error> {
        let draft = Draft { from: None, to: by_name(to), text: "Well.".parse().unwrap(), quick_replies: None };
        Ok(self.harness.messages.reply(from, Reply { draft, reply_to, once: None }).await?.value.id)
    }

    async fn choose(&self, from: &Caller, to: &Caller, reply_to: Id) -> Result<Id, Error> {
        let reply =
            QuickReply { from: None, to: by_name(to), choice: OptionIndex(0), reply_to: Some(reply_to), once: None };
        Ok(self.harness.messages.quick_reply(from, reply).await?.value.id)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_message_comes_behind_a_deletion() {
    let world = World::new();
    let stage = Stage::open(&world).await;
    let other = &stage.other;
    for is_own in [true, false] {
        let right = |error: Error, what: &str| {
            let fits = if is_own {
                matches!(error, Error::WrongCredentials)
            } else {
                matches!(&error, Error::NotFound(text) if text.contains("no user"))
            };
            assert!(fits, "{what}: {error:?}");
        };
        let fixture = stage.fixture().await;
        let (from, to) = if is_own { (&fixture, other) } else { (other, &fixture) };
        right(stage.behind(&fixture, stage.send(from, to, true)).await, "a message");
        for offered_by_other in [true, false] {
            let fixture = stage.fixture().await;
            let (from, to) = if is_own { (&fixture, other) } else { (other, &fixture) };
            let (asker, asked) = if offered_by_other { (to, from) } else { (from, to) };
            let parent = stage.send(asker, asked, false).await.unwrap();
            right(stage.behind(&fixture, stage.reply(from, to, parent)).await, "a reply");
        }
        let fixture = stage.fixture().await;
        let (from, to) = if is_own { (&fixture, other) } else { (other, &fixture) };
        let question = stage.send(to, from, true).await.unwrap();
        right(stage.behind(&fixture, stage.choose(from, to, question)).await, "a quick reply");
    }
    let fixture = stage.fixture().await;
    let noted = stage.behind(&fixture, stage.send(&fixture, &fixture, false)).await;
    assert!(matches!(noted, Error::WrongCredentials), "{noted:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_followed_blocked_or_muted_behind_a_deletion() {
    let world = World::new();
    let stage = Stage::open(&world).await;
    let (harness, other) = (&stage.harness, &stage.other);
    let fixture = stage.fixture().await;
    let follows = stage.behind(&fixture, harness.follow(&fixture, other)).await;
    assert!(matches!(follows, Error::WrongCredentials), "{follows:?}");
    let fixture = stage.fixture().await;
    let is_followed = stage.behind(&fixture, harness.follow(other, &fixture)).await;
    assert!(matches!(is_followed, Error::NotFound(_)), "{is_followed:?}");
    let fixture = stage.fixture().await;
    let blocks = stage.behind(&fixture, harness.block(&fixture, other)).await;
    assert!(matches!(blocks, Error::WrongCredentials), "{blocks:?}");
    let fixture = stage.fixture().await;
    let mutes = stage.behind(&fixture, harness.mute(&fixture, other)).await;
    assert!(matches!(mutes, Error::WrongCredentials), "{mutes:?}");
    let counts = harness.accounts.profile(None, &by_name(other)).await.unwrap().1;
    assert_eq!((counts.followers, counts.following), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_posted_or_liked_behind_a_deletion() {
    let world = World::new();
    let stage = Stage::open(&world).await;
    let (harness, other) = (&stage.harness, &stage.other);
    let theirs = harness.post(other).await.unwrap();
    let own = |error: Error| assert!(matches!(error, Error::WrongCredentials), "{error:?}");
    let gone = |error: Error| assert!(matches!(error, Error::NotFound(_)), "{error:?}");
    let fixture = stage.fixture().await;
    own(stage.behind(&fixture, harness.post(&fixture)).await);
    let fixture = stage.fixture().await;
    own(stage.behind(&fixture, harness.comment(&fixture, theirs)).await);
    let fixture = stage.fixture().await;
    own(stage.behind(&fixture, harness.repost(&fixture, theirs)).await);
    let fixture = stage.fixture().await;
    own(stage.behind(&fixture, harness.posts.like(&fixture, None, theirs)).await);
    let fixture = stage.fixture().await;
    let post = harness.post(&fixture).await.unwrap();
    gone(stage.behind(&fixture, harness.posts.edit(&fixture, post, "Another.".parse().unwrap())).await);
    let fixture = stage.fixture().await;
    let post = harness.post(&fixture).await.unwrap();
    gone(stage.behind(&fixture, harness.comment(other, post)).await);
    let fixture = stage.fixture().await;
    let post = harness.post(&fixture).await.unwrap();
    gone(stage.behind(&fixture, harness.posts.like(other, None, post)).await);
    let shown = harness.posts.get(None, theirs).await.unwrap().post;
    assert_eq!((shown.likes, shown.reposts, shown.comments), (0, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_delegate_acts_behind_a_deletion() {
    let world = World::new();
    let stage = Stage::open(&world).await;
    let (harness, delegate) = (&stage.harness, &stage.other);
    let fixture = stage.fixture().await;
    let grant = NewGrant { scope: None, expires_at: None };
    harness.accounts.put_delegate(&fixture, &by_name(&fixture), &by_name(delegate), grant).await.unwrap();
    let new = NewPost { author: Some(by_name(&fixture)), text: "For another.".parse().unwrap(), once: None };
    let posted = stage.behind(&fixture, harness.posts.create(delegate, new)).await;
    assert!(matches!(posted, Error::Forbidden(_)), "{posted:?}");
}
