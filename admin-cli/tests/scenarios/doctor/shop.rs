//! Invalid products and carts.

use item_store::api::{Attributes, Change, Effect, Value};
use twclone_schema::SHOP;

use super::store::{act, apply, contents, key};
use super::{clean, diagnose, repaired};
use crate::kit::seeded;

const ID: &str = "0000000000000009";

fn line() -> Effect {
    Effect::Put(Attributes::from_iter([
        ("id".into(), Value::Number(9)),
        ("product".into(), Value::Number(1)),
        ("quantity".into(), Value::Number(2)),
        ("at".into(), Value::Number(1_800_000_000_000)),
        ("revision".into(), Value::Number(0)),
    ]))
}

#[test]
fn a_cart_of_nobody_is_told_and_taken_away() {
    let world = seeded();
    apply(&world, vec![act(SHOP, key("c#kobe", ID), line())]);
    clean(&world);
    apply(&world, vec![act(SHOP, key("c#ghost", ID), line())]);
    let told = ["there is a line 0000000000000009 in the cart of ghost but no account"];
    assert_eq!(diagnose(&world, 1), told);
    assert_eq!(repaired(&world, 1), told);
    let left = contents(&world, SHOP);
    assert!(left.contains_key(&key("c#kobe", ID)) && !left.contains_key(&key("c#ghost", ID)), "{left:?}");
    clean(&world);
}

#[test]
fn what_is_not_what_its_key_says_is_told_and_left() {
    let world = seeded();
    let price = Effect::Update(vec![Change::Set("price", Value::text("dear"))]);
    apply(
        &world,
        vec![
            act(SHOP, key("products", "0000000000000001"), price),
            act(SHOP, key("c#kobe", "0000000000000008"), line()),
            act(SHOP, key("c#Kobe", ID), line()),
            act(SHOP, key("carts", ID), line()),
        ],
    );
    let before = contents(&world, SHOP);
    let mut found = diagnose(&world, 1);
    found.sort();
    for (fault, part) in found.iter().zip([
        "the item \"c#Kobe\" \"0000000000000009\" does not match",
        "the item \"c#kobe\" \"0000000000000008\" does not match",
        "the item \"carts\" \"0000000000000009\" does not match",
        "the item \"products\" \"0000000000000001\" damaged data: the attribute price",
    ]) {
        assert!(fault.starts_with(part), "{found:?}");
    }
    assert_eq!(contents(&world, SHOP), before);
}
