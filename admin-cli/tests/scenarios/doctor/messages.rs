//! Messages that are missing in their lists, or wrong there.

use std::collections::BTreeMap;
use twclone_schema::MESSAGES;

use item_store::api::{Action, Attributes, Change, Effect, Key, Value};
use twclone_testkit::{World, json};

use super::store::{act, apply, contents, key};
use super::{clean, diagnose, repaired};
use crate::kit::seeded;

fn entry(list: &str, id: u64) -> Key {
    key(list, &format!("{id:016x}"))
}

fn message(id: u64) -> Key {
    key(&format!("m#{id:016x}"), "m")
}

fn delete(key: Key) -> Action {
    act(MESSAGES, key, Effect::Delete)
}

fn put(key: Key, attributes: Attributes) -> Action {
    act(MESSAGES, key, Effect::Put(attributes))
}

fn set(key: Key, name: &'static str, value: &str) -> Action {
    act(MESSAGES, key, Effect::Update(vec![Change::Set(name, Value::text(value))]))
}

/// Returns the attributes of a key of the seed data.
fn standing(contents: &BTreeMap<Key, Attributes>, key: &Key) -> Attributes {
    contents[key].clone()
}

#[test]
fn every_way_in_which_a_list_can_be_wrong_is_found_and_repaired() {
    let world = seeded();
    let before = contents(&world, MESSAGES);
    let copy = |list: &str, id: u64| standing(&before, &entry(list, id));
    for (damage, fault) in [
        (delete(entry("i#kobe", 24)), "message 24 is missing in i#kobe"),
        (delete(entry("s#jordan", 24)), "message 24 is missing in s#jordan"),
        (delete(entry("u#kobe", 24)), "message 24 is missing in u#kobe"),
        (delete(entry("c#jordan#kobe", 24)), "message 24 is missing in c#jordan#kobe"),
        (delete(entry("q#kobebryant#mj", 31)), "message 31 is missing in q#kobebryant#mj"),
        (delete(entry("r#0000000000000018", 25)), "message 25 is missing in r#0000000000000018"),
        (set(entry("i#kobe", 24), "text", "other"), "message 24 differs in i#kobe"),
        (set(entry("i#kobe", 24), "from", "steve"), "message 24 differs in i#kobe"),
        (set(message(24), "pair", "kobe#mj"), "message 24 differs in m#0000000000000018"),
        // The message does not exist. It is in the list of an account that exists, and of one that does not.
        (put(entry("i#kobe", 999), copy("i#kobe", 24)), "i#kobe has message 999"),
        (put(entry("i#ghost", 999), copy("i#kobe", 24)), "i#ghost has message 999"),
        // The message exists, but it was read or answered, or it belongs to another list.
        (put(entry("u#chris", 11), copy("i#chris", 11)), "u#chris has message 11"),
        (put(entry("q#steve#chris", 11), copy("q#kobebryant#mj", 31)), "q#steve#chris has message 11"),
        (put(entry("s#kobe", 24), copy("i#kobe", 24)), "s#kobe has message 24"),
        (put(entry("r#000000000000000b", 24), copy("i#kobe", 24)), "r#000000000000000b has message 24"),
    ] {
        apply(&world, vec![damage]);
        let damaged = contents(&world, MESSAGES);
        assert_ne!(damaged, before, "{fault}");
        let found = diagnose(&world, 1);
        assert!(found.len() == 1 && found[0].starts_with(fault), "{fault}: {found:?}");
        assert_eq!(contents(&world, MESSAGES), damaged, "{fault}: looking changed something");
        let mended = repaired(&world, 1);
        assert!(mended.len() == 1 && mended[0].starts_with(fault), "{fault}: {mended:?}");
        assert_eq!(contents(&world, MESSAGES), before, "{fault}");
    }
    clean(&world);
}

/// A deletion empties the account's own lists step by step, but not the lists of the other accounts.
#[test]
fn the_lists_of_a_deleted_account_may_be_empty() {
    let world = seeded();
    let server = world.serve();
    let deleted = server.call("DELETE", "/user/").basic("chris", "password2").send();
    assert_eq!(deleted.status, 204, "{deleted:?}");
    assert_eq!(server.stop(), Some(0));
    apply(&world, vec![delete(entry("i#chris", 11)), delete(entry("s#chris", 12)), delete(entry("u#chris", 13))]);
    clean(&world);
    apply(&world, vec![delete(entry("i#steve", 12)), delete(entry("s#chris", 14))]);
    assert_eq!(diagnose(&world, 1), ["message 12 is missing in i#steve"]);
}

#[test]
fn of_very_many_faults_of_a_kind_the_first_are_told_and_the_rest_is_counted() {
    let world = seeded();
    let before = contents(&world, MESSAGES);
    let copy = standing(&before, &entry("i#kobe", 24));
    // More items than a page of the table holds.
    let orphans: Vec<_> = (0..1_200).map(|count| put(entry("i#kobe", 1_000 + count), copy.clone())).collect();
    apply(&world, orphans);
    let found = diagnose(&world, 1);
    assert_eq!(found.len(), 21);
    assert!(found[20].starts_with("and 1180 more: "), "{found:?}");
    assert_eq!(repaired(&world, 1).len(), 21);
    assert_eq!(contents(&world, MESSAGES), before);
}

#[test]
fn what_cannot_be_repaired_is_told_and_left() {
    let world = seeded();
    let before = contents(&world, MESSAGES);
    let mut stranger = standing(&before, &message(24));
    stranger.insert("id".into(), Value::Number(999));
    stranger.insert("from".into(), Value::text("ghost"));
    stranger.insert("pair".into(), Value::text("ghost#kobe"));
    let noise = Attributes::from_iter([("noise".into(), Value::Flag(true))]);
    let lists = ["i#kobe", "u#kobe", "s#ghost", "c#ghost#kobe"];
    let mut actions = vec![put(message(999), stranger.clone()), put(key("z#kobe", "s"), noise)];
    stranger.remove("pair");
    actions.extend(lists.map(|list| put(entry(list, 999), stranger.clone())));
    // This message has the id of another message. Its copies are left alone.
    actions.push(act(MESSAGES, message(25), Effect::Update(vec![Change::Set("id", Value::Number(26))])));
    apply(&world, actions);
    let damaged = contents(&world, MESSAGES);
    for arguments in [&["--json", "doctor"][..], &["--json", "doctor", "--repair"]] {
        let output = world.admin(arguments);
        assert_eq!(output.code, Some(1), "{output:?}");
        let answer = output.json();
        let faults: Vec<_> = answer["stores"][1]["faults"].as_array().unwrap().clone();
        let is_told = |part: &str| faults.iter().any(|fault| fault.as_str().unwrap().contains(part));
        assert!(faults.len() == 3 && is_told("messages of ghost but no account"), "{faults:?}");
        assert!(
            is_told("z#kobe s is an item of an unknown kind") && is_told("message 25 cannot be read"),
            "{faults:?}"
        );
        assert_eq!(answer["stores"][1]["repaired"], json!([]));
        assert_eq!(contents(&world, MESSAGES), damaged);
    }
}

#[test]
fn damage_is_told_to_people() {
    let world: World = seeded();
    apply(&world, vec![delete(entry("i#kobe", 24))]);
    let output = world.admin(&["doctor"]);
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(output.stdout.contains("\n  fault: message 24 is missing in i#kobe\n"), "{output:?}");
    let output = world.admin(&["doctor", "--repair"]);
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(output.stdout.contains("\n  repaired: message 24 is missing in i#kobe\n"), "{output:?}");
}
