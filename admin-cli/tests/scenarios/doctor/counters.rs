//! Wrong counts, and deletions that are not complete.

use item_store::api::{Attributes, Change, Effect, Key, Table, Value};
use twclone_schema::{GRAPH, POSTS};
use twclone_testkit::World;

use super::store::{act, apply, contents, key};
use super::{clean, diagnose, repaired};
use crate::kit::{answer, seeded};

fn count(world: &World, table: Table, item: Key, what: &'static str, more: i64) {
    apply(world, vec![act(table, item, Effect::Update(vec![Change::Add(what, more)]))]);
}

#[test]
fn what_counts_wrongly_is_found_and_repaired() {
    let world = seeded();
    clean(&world);
    let profile = key("p#kobe", "profile");
    let of = |item: &Key, table| contents(&world, table)[item].clone();
    let before = of(&profile, GRAPH);
    for what in ["followers", "following", "posts"] {
        count(&world, GRAPH, profile.clone(), what, 2);
        let found = diagnose(&world, 1);
        assert!(found.len() == 1 && found[0].contains("the profile of kobe counts"), "{found:?}");
        assert!(found[0].contains(what), "{found:?}");
        assert_eq!(repaired(&world, 1), found);
        assert_eq!(of(&profile, GRAPH), before);
    }
    let posts = contents(&world, POSTS);
    let (post, known) = posts.iter().find(|(key, _)| key.partition.starts_with("o#")).unwrap();
    for what in ["likes", "reposts", "comments"] {
        count(&world, POSTS, post.clone(), what, 3);
        let found = diagnose(&world, 1);
        assert!(found.len() == 1 && found[0].contains(what), "{found:?}");
        assert_eq!(repaired(&world, 1), found);
        let counted = |item: &Attributes| item.get(what).cloned().unwrap_or(Value::Number(0));
        assert_eq!(counted(&of(post, POSTS)), counted(known), "{what}");
    }
}

#[test]
fn a_deletion_that_is_not_done_is_done_again() {
    let world = seeded();
    answer(&world, &["users", "delete", "kobe", "--yes"]);
    clean(&world);
    let like = act(POSTS, key("k#kobe", "0000000000000007"), Effect::Put(Attributes::new()));
    let no_fence = || act(GRAPH, key("x#kobe", "03"), Effect::Delete);
    for (damage, part) in [
        (vec![like.clone()], "some of its data is left: likes"),
        (vec![no_fence()], "others can write to it"),
        (vec![like, no_fence()], "some of its data is left: likes"),
    ] {
        apply(&world, damage);
        let found = diagnose(&world, 1);
        assert!(found.len() == 1 && found[0].starts_with("the account kobe is deleted, but"), "{found:?}");
        assert!(found[0].contains(part), "{found:?}");
        assert_eq!(repaired(&world, 1), found);
    }
    assert!(contents(&world, GRAPH).contains_key(&key("x#kobe", "03")));
}
