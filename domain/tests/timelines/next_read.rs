//! Changes that take effect at the next read, even if no jobs run, and in other processes, too.

use twclone_domain::accounts::Caller;
use twclone_domain::{Error, PageRequest};
use twclone_testkit::World;

use super::kit::{Harness, by_name, now};

/// An event after which a reader no longer sees an author's posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Unfollow,
    Block,
    Blocked,
    Mute,
    Delete,
    AccountDeleted,
    AccountDisabled,
}

use End::{AccountDeleted, AccountDisabled, Block, Blocked, Delete, Mute, Unfollow};

async fn end(harness: &Harness, end: End, reader: &Caller, author: &Caller, posts: &[twclone_domain::Id]) {
    let administrator = harness.administrator();
    match end {
        Unfollow => drop(harness.unfollow(reader, author).await.unwrap()),
        Block => drop(harness.block(reader, author).await.unwrap()),
        Blocked => drop(harness.block(author, reader).await.unwrap()),
        Mute => drop(harness.mute(reader, author).await.unwrap()),
        Delete => {
            for post in posts {
                harness.posts.delete(author, *post).await.unwrap();
            }
        }
        AccountDeleted => harness.accounts.delete(author, None).await.unwrap(),
        AccountDisabled => drop(harness.accounts.set_enabled(&administrator, &by_name(author), false).await.unwrap()),
    }
}

/// Covers pushed and pulled posts, in two processes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_to_be_seen_is_gone_at_the_next_read() {
    for (threshold, brought) in [(5_000, true), (5_000, false), (1, true)] {
        let world = World::new();
        let (one, other) = (Harness::open(&world, threshold).await, Harness::open(&world, threshold).await);
        for kind in [Unfollow, Block, Blocked, Mute, Delete, AccountDeleted, AccountDisabled] {
            let told = format!("{kind:?}, threshold {threshold}, brought {brought}");
            let begun = now();
            let people = one.people(3).await;
            let [reader, author, friend] = &people[..] else { unreachable!() };
            one.follow(reader, author).await.unwrap();
            one.follow(reader, friend).await.unwrap();
            let first = one.post(author).await.unwrap();
            let thread = one.post(friend).await.unwrap();
            let repost = one.repost(friend, first).await.unwrap();
            let second = one.post(author).await.unwrap();
            let comment = one.comment(author, thread).await.unwrap();
            if brought {
                one.drain().await;
            }
            let all = [second, repost, thread, first];
            let seen = one.home(reader, 3).await;
            if brought {
                assert_eq!(seen, all, "{told}");
            }
            end(&one, kind, reader, author, &[first, second, comment]).await;
            // Reposts show posts of authors that the reader does not follow. Muted or blocked authors can still be
            // read by name.
            let left = if kind == Unfollow { vec![repost, thread] } else { vec![thread] };
            let by_id = matches!(kind, Unfollow | Mute | Block);
            let open = if kind == Unfollow { all.to_vec() } else { vec![thread] };
            for harness in [&one, &other] {
                assert_eq!(harness.home(reader, 3).await, left, "{told}");
                assert_eq!(harness.public(Some(reader), 3, begun).await, open, "{told}");
                for post in [first, second, repost, comment] {
                    let found = harness.posts.get(Some(reader), post).await;
                    // A block also hides reposts of the blocked author by others.
                    let by_id = by_id && !(kind == Block && post == repost);
                    match found {
                        Ok(_) => assert!(by_id, "{told}: {post} is shown"),
                        Err(Error::NotFound(_)) => assert!(!by_id, "{told}: {post} is not shown"),
                        Err(error) => panic!("{told}: {error}"),
                    }
                }
                let user = harness.user(Some(reader), author, 3).await;
                match kind {
                    Blocked | AccountDeleted | AccountDisabled => {
                        assert!(matches!(user, Err(Error::NotFound(_))), "{told}");
                    }
                    Delete => assert_eq!(user.unwrap(), [], "{told}"),
                    Unfollow | Block | Mute => assert_eq!(user.unwrap(), [second, first], "{told}"),
                }
                let friends = if matches!(kind, Unfollow | Mute) { vec![repost, thread] } else { vec![thread] };
                assert_eq!(harness.user(Some(reader), friend, 3).await.unwrap(), friends, "{told}");
                let comments =
                    harness.posts.comments(Some(reader), thread, &PageRequest::default()).await.unwrap().items;
                assert_eq!(comments.len(), usize::from(kind == Unfollow), "{told}");
            }
        }
    }
}

/// Paging reaches the newest 800 posts, whether they are pushed or pulled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_eight_hundred_are_walked() {
    const POSTS: usize = 410;
    let world = World::embedded();
    let harness = Harness::open(&world, 2).await;
    let people = harness.people(4).await;
    let [reader, pushed, pulled, fan] = &people[..] else { unreachable!() };
    for (who, whom) in [(reader, pushed), (reader, pulled), (fan, pulled)] {
        harness.follow(who, whom).await.unwrap();
    }
    harness.drain().await;
    let mut posts = Vec::new();
    for _ in 0..POSTS {
        posts.push(harness.post(pushed).await.unwrap());
        posts.push(harness.post(pulled).await.unwrap());
    }
    harness.drain().await;
    posts.reverse();
    for limit in [100, 37] {
        assert_eq!(harness.home(reader, limit).await, posts[..800], "{limit} at a time");
    }
    let rebuilt = harness.timelines.rebuild(&harness.administrator(), &by_name(reader)).await.unwrap();
    assert_eq!((rebuilt.authors, rebuilt.removed), (2, 0));
    assert_eq!(harness.home(reader, 100).await, posts[..800]);
    harness.unfollow(reader, pulled).await.unwrap();
    let left: Vec<_> = posts.iter().skip(1).step_by(2).copied().collect();
    assert_eq!(harness.home(reader, 100).await, left);
}
