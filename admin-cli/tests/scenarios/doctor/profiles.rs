//! Profiles that differ from their accounts.

use item_store::api::{Attributes, Change, Effect, Key, Value};
use twclone_schema::{GRAPH, POSTS};
use twclone_testkit::World;

use super::store::{act, apply, contents, key};
use super::{clean, diagnose, repaired};
use crate::kit::{answer, people, seeded};

fn profile(name: &str) -> Key {
    key(&format!("p#{name}"), "profile")
}

fn change(world: &World, name: &str, changes: Vec<Change>) {
    apply(world, vec![act(GRAPH, profile(name), Effect::Update(changes))]);
}

#[test]
fn what_is_changed_by_a_command_is_brought_at_once() {
    let world = people();
    let found = contents(&world, GRAPH);
    assert_eq!(found.len(), 7);
    let kobe = &found[&profile("kobe")];
    assert_eq!(kobe[&"name".into()], Value::text("kobe"));
    assert_eq!((&kobe[&"id".into()], &kobe[&"bio".into()]), (&Value::Number(3), &Value::text("Up at four.")));
    assert!(kobe[&"version".into()] == Value::Number(1) && !kobe.contains_key("state"), "{kobe:?}");
    assert!(!format!("{found:?}").contains("example.com"), "an e-mail address is nobody else's matter: {found:?}");
    answer(&world, &["users", "disable", "kobe"]);
    let disabled = contents(&world, GRAPH)[&profile("kobe")].clone();
    assert_eq!(disabled[&"state".into()], Value::text("disabled"));
    answer(&world, &["users", "enable", "kobe"]);
    let enabled = contents(&world, GRAPH)[&profile("kobe")].clone();
    assert_eq!(enabled[&"version".into()], Value::Number(3));
    assert!(!enabled.contains_key("state"), "{enabled:?}");
    clean(&world);
}

#[test]
fn every_way_in_which_a_profile_can_be_wrong_is_found_and_repaired() {
    let world = people();
    let before = contents(&world, GRAPH);
    let bio = || Change::Set("bio", Value::text("not what kobe says"));
    let version = |version| Change::Set("version", Value::Number(version));
    let deleted = vec![act(GRAPH, profile("kobe"), Effect::Delete)];
    let update = |changes| vec![act(GRAPH, profile("kobe"), Effect::Update(changes))];
    let ghost = Attributes::from_iter([("version".into(), Value::Number(1))]);
    for (damage, fault) in [
        (deleted, "the profile of kobe (3) is missing"),
        (update(vec![bio(), version(0)]), "the profile of kobe (3) is older than the account: version 0, not 1"),
        (update(vec![bio(), version(9)]), "the profile of kobe (3) is newer than the account: version 9, not 1"),
        (update(vec![bio()]), "the profile of kobe (3) differs from the account"),
        (update(vec![Change::Set("full", Value::text("K"))]), "the profile of kobe (3) differs"),
        (update(vec![Change::Remove("version")]), "the profile of kobe (3) has no version"),
        (vec![act(GRAPH, profile("ghost"), Effect::Put(ghost))], "there is a profile of ghost but no account"),
    ] {
        apply(&world, damage);
        let found = diagnose(&world, 1);
        assert!(found.len() == 1 && found[0].starts_with(fault), "{fault}: {found:?}");
        let mended = repaired(&world, 1);
        assert!(mended.len() == 1 && mended[0].starts_with(fault), "{fault}: {mended:?}");
        assert_eq!(contents(&world, GRAPH), before, "{fault}");
    }
}

#[test]
fn what_others_keep_beside_a_profile_stays() {
    let world = people();
    let count = || vec![Change::Add("elsewhere", 1)];
    change(&world, "kobe", count());
    clean(&world);
    answer(&world, &["users", "disable", "kobe"]);
    // A counter may be written before the profile exists.
    apply(&world, vec![act(GRAPH, profile("later"), Effect::Update(count()))]);
    answer(&world, &["users", "add", "later", "--email", "later@example.com", "--no-password"]);
    clean(&world);
    for name in ["kobe", "later"] {
        let found = contents(&world, GRAPH)[&profile(name)].clone();
        assert_eq!(found[&"elsewhere".into()], Value::Number(1), "{name}");
        assert_eq!(found[&"name".into()], Value::text(name));
        change(&world, name, vec![Change::Set("bio", Value::text("other"))]);
        repaired(&world, 1);
        assert_eq!(contents(&world, GRAPH)[&profile(name)], found, "{name}");
    }
}

/// Simulates a late write: another process has already written a newer profile.
#[test]
fn an_older_profile_is_never_written_over_a_newer_one() {
    let world = seeded();
    change(&world, "kobe", vec![Change::Set("version", Value::Number(9))]);
    let newer = contents(&world, GRAPH)[&profile("kobe")].clone();
    answer(&world, &["users", "disable", "kobe"]);
    assert_eq!(contents(&world, GRAPH)[&profile("kobe")], newer);
    assert_eq!(diagnose(&world, 1), ["the profile of kobe (3) is newer than the account: version 9, not 2"]);
    repaired(&world, 1);
    assert_eq!(contents(&world, GRAPH)[&profile("kobe")][&"version".into()], Value::Number(2));
}

/// Only the profile stores the counts and the latest post. A repair computes them again from the lists.
#[test]
fn a_lost_profile_gets_its_counts_back() {
    let world = seeded();
    let mut before = contents(&world, GRAPH);
    let kobe = before.get_mut(&profile("kobe")).unwrap();
    for (what, count) in [("followers", 1), ("following", 2), ("posts", 3)] {
        assert_eq!(kobe[&what.into()], Value::Number(count), "{what}");
    }
    // Seed records are loaded in parallel, so any of the posts may have been the last one.
    let posts = contents(&world, POSTS).into_keys().filter(|key| key.partition == "a#kobe");
    let posts: Vec<_> = posts.map(|key| Value::Number(i64::from_str_radix(&key.sort, 16).unwrap())).collect();
    let latest = kobe.insert("latest".into(), posts.last().unwrap().clone());
    assert!(latest.is_some_and(|latest| posts.contains(&latest)));
    apply(&world, vec![act(GRAPH, profile("kobe"), Effect::Delete)]);
    repaired(&world, 1);
    assert_eq!(contents(&world, GRAPH), before);
}
