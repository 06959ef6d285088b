use item_store::Tables;
use item_store::api::Condition::{
    Absent, AbsentOrLess, AttributeAbsent, AttributePresent, Equals, Greater, Less, Present,
};
use item_store::api::{Attributes, Change, Condition, Effect, Key, StoreError, Value};

use super::{action, attributes, key, number, on_each_engine, put, text};

fn there() -> Key {
    key("conditions", "there")
}

fn missing() -> Key {
    key("conditions", "missing")
}

/// Returns the attributes of the item at [`there`].
fn stored() -> Attributes {
    Attributes::from_iter([
        ("number".into(), Value::Number(5)),
        ("text".into(), text("m")),
        ("flag".into(), Value::Flag(true)),
        ("bytes".into(), Value::Bytes(vec![2, 0])),
        ("list".into(), list(1)),
        ("map".into(), map(1)),
    ])
}

fn list(first: i64) -> Value {
    Value::List(vec![Value::Number(first), text("a")])
}

fn map(inner: i64) -> Value {
    Value::Map(number("inner", inner))
}

async fn assert_holds(tables: &Tables, key: Key, conditions: &[Condition], holds: bool) {
    let answer = tables.transact(vec![action(key.clone(), conditions, Effect::Check)]).await;
    let expected = if holds { Ok(()) } else { Err(StoreError::ConditionFailed(vec![0])) };
    assert_eq!(answer, expected, "{conditions:?} on {key:?}");
}

#[tokio::test]
async fn each_condition_on_an_item_that_is_there() {
    let cases = [
        (Absent, false),
        (Present, true),
        (AttributeAbsent("number"), false),
        (AttributeAbsent("other"), true),
        (AttributePresent("number"), true),
        (AttributePresent("other"), false),
        (Equals("number", Value::Number(5)), true),
        (Equals("number", Value::Number(6)), false),
        (Equals("number", text("5")), false),
        (Equals("text", text("m")), true),
        (Equals("text", text("M")), false),
        (Equals("flag", Value::Flag(true)), true),
        (Equals("flag", Value::Flag(false)), false),
        (Equals("bytes", Value::Bytes(vec![2, 0])), true),
        (Equals("bytes", Value::Bytes(vec![2])), false),
        (Equals("list", list(1)), true),
        (Equals("list", list(2)), false),
        (Equals("map", map(1)), true),
        (Equals("map", map(2)), false),
        (Equals("other", Value::Number(5)), false),
        (Less("number", Value::Number(6)), true),
        (Less("number", Value::Number(5)), false),
        (Less("number", Value::Number(-6)), false),
        (Less("number", text("6")), false),
        (Less("text", text("n")), true),
        (Less("text", text("m")), false),
        (Less("text", text("N")), false),
        (Less("bytes", Value::Bytes(vec![2, 0, 0])), true),
        (Less("bytes", Value::Bytes(vec![1, 9])), false),
        (Less("other", Value::Number(6)), false),
        (Greater("number", Value::Number(4)), true),
        (Greater("number", Value::Number(5)), false),
        (Greater("number", text("4")), false),
        (Greater("text", text("M")), true),
        (Greater("text", text("mm")), false),
        (Greater("bytes", Value::Bytes(vec![1, 255])), true),
        (Greater("bytes", Value::Bytes(vec![128])), false),
        (Greater("other", Value::Number(4)), false),
        (AbsentOrLess("number", Value::Number(6)), true),
        (AbsentOrLess("number", Value::Number(5)), false),
        (AbsentOrLess("number", text("6")), false),
        (AbsentOrLess("other", Value::Number(6)), false),
    ];
    on_each_engine(async |tables| {
        put(&tables, there(), stored()).await;
        for (condition, holds) in &cases {
            assert_holds(&tables, there(), std::slice::from_ref(condition), *holds).await;
        }
    })
    .await;
}

#[tokio::test]
async fn each_condition_on_an_item_that_is_missing() {
    let cases = [
        (Absent, true),
        (Present, false),
        (AttributeAbsent("number"), true),
        (AttributePresent("number"), false),
        (Equals("number", Value::Number(5)), false),
        (Less("number", Value::Number(6)), false),
        (Greater("number", Value::Number(4)), false),
        (AbsentOrLess("number", Value::Number(6)), true),
    ];
    on_each_engine(async |tables| {
        for (condition, holds) in &cases {
            assert_holds(&tables, missing(), std::slice::from_ref(condition), *holds).await;
        }
        assert_eq!(attributes(&tables, &missing()).await, None, "a check makes nothing");
    })
    .await;
}

#[tokio::test]
async fn all_conditions_of_an_action_must_hold() {
    let (true_one, false_one) = (Equals("number", Value::Number(5)), Equals("text", text("n")));
    on_each_engine(async |tables| {
        put(&tables, there(), stored()).await;
        assert_holds(&tables, there(), &[true_one.clone(), Present, Less("text", text("z"))], true).await;
        assert_holds(&tables, there(), &[true_one.clone(), false_one.clone()], false).await;
        assert_holds(&tables, there(), &[false_one.clone(), true_one.clone()], false).await;
        // An "or" inside one condition must not affect the others.
        assert_holds(&tables, there(), &[AbsentOrLess("number", Value::Number(6)), false_one.clone()], false).await;
        assert_holds(&tables, there(), &[false_one.clone(), AbsentOrLess("number", Value::Number(6))], false).await;
    })
    .await;
}

#[tokio::test]
async fn each_effect_waits_for_its_condition() {
    let effects = [
        Effect::Put(number("number", 7)),
        Effect::Update(vec![Change::Set("number", Value::Number(7))]),
        Effect::Delete,
    ];
    on_each_engine(async |tables| {
        for effect in &effects {
            put(&tables, there(), number("number", 5)).await;
            let attempt = |than| action(there(), [Less("number", Value::Number(than))], effect.clone());
            let refused = tables.transact(vec![attempt(5)]).await;
            assert_eq!(refused, Err(StoreError::ConditionFailed(vec![0])), "{effect:?}");
            assert_eq!(attributes(&tables, &there()).await, Some(number("number", 5)), "{effect:?}");
            tables.transact(vec![attempt(6)]).await.unwrap();
            let expected = Some(number("number", 7)).filter(|_| *effect != Effect::Delete);
            assert_eq!(attributes(&tables, &there()).await, expected, "{effect:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn texts_compare_by_their_bytes() {
    on_each_engine(async |tables| {
        // In UTF-16 order, which Java uses, the second would come first.
        put(&tables, there(), Attributes::from_iter([("text".into(), text("\u{ffff}"))])).await;
        assert_holds(&tables, there(), &[Less("text", text("😀"))], true).await;
        assert_holds(&tables, there(), &[Greater("text", text("é"))], true).await;
    })
    .await;
}
