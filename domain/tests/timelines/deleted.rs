//! An account that is deleted leaves nothing behind.

use item_store::api::{Item, Value};
use twclone_domain::accounts::Caller;
use twclone_schema::{GRAPH, MESSAGES, PLATFORM, POSTS, TIMELINES};
use twclone_testkit::World;

use super::kit::{Harness, by_name};
use super::left::all;

/// Returns whether an item belongs to an account or names it.
fn names(item: &Item, name: &str) -> bool {
    let own = item.key.partition.split('#').skip(1).any(|part| part == name) || item.key.sort == name;
    own || item.attributes.values().any(|value| matches!(value, Value::Text(text) if text == name))
}

async fn counts(harness: &Harness, person: &Caller) -> (u64, u64, u64) {
    let (_, counts) = harness.accounts.profile(None, &by_name(person)).await.unwrap();
    (counts.followers, counts.following, counts.posts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_account_leaves_nothing() {
    for threshold in [5_000, 2] {
        let world = World::new();
        let harness = Harness::open(&world, threshold).await;
        let people = harness.people(4).await;
        let [fixture, fan, friend, foe] = &people[..] else { unreachable!() };
        for (who, whom) in
            [(fan, fixture), (friend, fixture), (fixture, friend), (fixture, fan), (fan, friend), (friend, fan)]
        {
            harness.follow(who, whom).await.unwrap();
        }
        harness.block(fixture, foe).await.unwrap();
        harness.mute(fixture, fan).await.unwrap();
        let mut own = Vec::new();
        let theirs = harness.post(friend).await.unwrap();
        for _ in 0..30 {
            own.push(harness.post(fixture).await.unwrap());
        }
        harness.repost(fixture, theirs).await.unwrap();
        harness.comment(fixture, theirs).await.unwrap();
        harness.posts.like(fixture, None, theirs).await.unwrap();
        harness.repost(fan, own[0]).await.unwrap();
        harness.posts.like(friend, None, own[0]).await.unwrap();
        let comment = harness.comment(friend, own[1]).await.unwrap();
        harness.posts.edit(fixture, own[2], "Another.".parse().unwrap()).await.unwrap();
        harness.drain().await;
        // One more of each kind, whose job runs after the account is deleted.
        harness.post(fixture).await.unwrap();
        harness.unfollow(fixture, fan).await.unwrap();
        harness.follow(fixture, fan).await.unwrap();
        harness.accounts.delete(fixture, None).await.unwrap();
        let administrator = harness.administrator();
        let (account, _) = harness.accounts.show(&administrator, &by_name(fixture)).await.unwrap();
        harness.deletions.finish(&administrator, account.id, &|_| {}).await.unwrap();
        harness.drain().await;
        let name = fixture.name().as_str();
        for table in [POSTS, GRAPH, TIMELINES, MESSAGES] {
            let left = all(&harness, table).await.into_iter().filter(|item| names(item, name));
            // Entries for reposts by an author who is pulled now, which were pushed earlier, are not shown. They
            // disappear when the timelines are trimmed.
            let stale = |item: &Item| {
                item.key.partition.starts_with("h#") && item.attributes.get("by") != Some(&Value::text(name))
            };
            let left = left.filter(|item| threshold > 2 || !stale(item));
            // The profile remains, and the fence against later writes.
            let remaining = [format!("p#{name}"), format!("x#{name}")];
            let left = left.filter(|item| !remaining.contains(&item.key.partition.to_string()));
            assert_eq!(left.collect::<Vec<_>>(), [], "threshold {threshold}");
        }
        let jobs = all(&harness, PLATFORM).await.into_iter().filter(|item| item.key.partition.starts_with("jobs#"));
        assert_eq!(jobs.count(), 0);
        let profile = harness.partition(GRAPH, format!("p#{name}")).await.remove(0);
        for counter in ["followers", "following", "posts"] {
            let zero = profile.attributes.get(counter).is_none_or(|count| *count == Value::Number(0));
            assert!(zero, "{counter}: {profile:?}");
        }
        assert_eq!(counts(&harness, fan).await, (1, 1, 0));
        assert_eq!(counts(&harness, friend).await, (1, 1, 2));
        assert_eq!(counts(&harness, foe).await, (0, 0, 0));
        let shown = harness.posts.get(None, theirs).await.unwrap().post;
        assert_eq!((shown.likes, shown.reposts, shown.comments), (0, 0, 0));
        assert_eq!(harness.posts.get(None, comment).await.unwrap().post.author, *friend.name());
    }
}
