use item_store::Tables;
use item_store::api::{Attributes, Change, Condition, Effect, Key, StoreError, Value};

use super::{action, assert_invalid, attributes, key, number, on_each_engine, put, text};

fn counter() -> Key {
    key("changes", "counter")
}

async fn update(tables: &Tables, changes: Vec<Change>) -> Result<(), StoreError> {
    tables.transact(vec![action(counter(), [], Effect::Update(changes))]).await
}

#[tokio::test]
async fn a_put_replaces_the_whole_item() {
    on_each_engine(async |tables| {
        put(&tables, counter(), Attributes::from_iter([("old".into(), text("x")), ("both".into(), text("x"))])).await;
        let after = Attributes::from_iter([("both".into(), text("y")), ("new".into(), text("y"))]);
        put(&tables, counter(), after.clone()).await;
        assert_eq!(attributes(&tables, &counter()).await, Some(after));
        put(&tables, counter(), Attributes::new()).await;
        assert_eq!(attributes(&tables, &counter()).await, Some(Attributes::new()), "an item may be its key alone");
    })
    .await;
}

#[tokio::test]
async fn every_kind_of_value_comes_back_as_it_was_written() {
    let inner =
        Attributes::from_iter([("deep".into(), Value::List(vec![Value::Flag(false), text("é😀\u{1}\u{ffff}")]))]);
    let kinds = Attributes::from_iter([
        ("text".into(), text("line\nquote\" \\ é😀\u{1}\u{ffff}")),
        ("smallest".into(), Value::Number(i64::MIN)),
        ("largest".into(), Value::Number(i64::MAX)),
        ("zero".into(), Value::Number(0)),
        ("round".into(), Value::Number(1_000_000)),
        ("true".into(), Value::Flag(true)),
        ("false".into(), Value::Flag(false)),
        ("bytes".into(), Value::Bytes((0..=255).collect())),
        ("list".into(), Value::List(vec![Value::Number(1), Value::List(Vec::new())])),
        ("map".into(), Value::Map(inner)),
        ("nothing".into(), Value::Map(Attributes::new())),
        // Words that DynamoDB's expressions reserve, and names that need quoting.
        ("size".into(), Value::Number(1)),
        ("a.b #:é".into(), Value::Number(2)),
    ]);
    on_each_engine(async |tables| {
        put(&tables, counter(), kinds.clone()).await;
        assert_eq!(attributes(&tables, &counter()).await, Some(kinds.clone()));
        tables.transact(vec![action(counter(), [], Effect::Delete)]).await.unwrap();
        let set = |name, value: &Value| Change::Set(name, value.clone());
        let names = ["text", "smallest", "largest", "true", "bytes", "list", "map", "nothing", "size", "a.b #:é"];
        update(&tables, names.iter().map(|name| set(name, &kinds[&(*name).into()])).collect()).await.unwrap();
        let expected = names.iter().map(|name| ((*name).into(), kinds[&(*name).into()].clone())).collect();
        assert_eq!(attributes(&tables, &counter()).await, Some(expected));
    })
    .await;
}

#[tokio::test]
async fn an_update_makes_what_is_missing() {
    on_each_engine(async |tables| {
        let changes = vec![Change::Set("text", text("x")), Change::Add("count", 3), Change::Remove("other")];
        update(&tables, changes).await.unwrap();
        let expected = Attributes::from_iter([("text".into(), text("x")), ("count".into(), Value::Number(3))]);
        assert_eq!(attributes(&tables, &counter()).await, Some(expected));
    })
    .await;
}

#[tokio::test]
async fn an_update_that_only_removes_makes_an_item_too() {
    on_each_engine(async |tables| {
        update(&tables, vec![Change::Remove("other")]).await.unwrap();
        assert_eq!(attributes(&tables, &counter()).await, Some(Attributes::new()));
    })
    .await;
}

#[tokio::test]
async fn an_update_of_what_must_be_there_makes_nothing() {
    on_each_engine(async |tables| {
        let effect = Effect::Update(vec![Change::Add("count", 1)]);
        let answer = tables.transact(vec![action(counter(), [Condition::Present], effect)]).await;
        assert_eq!(answer, Err(StoreError::ConditionFailed(vec![0])));
        assert_eq!(attributes(&tables, &counter()).await, None);
    })
    .await;
}

#[tokio::test]
async fn an_update_leaves_what_it_does_not_name() {
    on_each_engine(async |tables| {
        let mut before = number("count", 5);
        before.extend([("kept".into(), text("k")), ("gone".into(), text("g")), ("set".into(), text("s"))]);
        put(&tables, counter(), before).await;
        let changes = vec![Change::Remove("gone"), Change::Set("set", Value::Flag(true)), Change::Add("count", -7)];
        update(&tables, changes).await.unwrap();
        let mut after = number("count", -2);
        after.extend([("kept".into(), text("k")), ("set".into(), Value::Flag(true))]);
        assert_eq!(attributes(&tables, &counter()).await, Some(after));
    })
    .await;
}

#[tokio::test]
async fn sums_reach_to_the_ends_of_64_bits() {
    on_each_engine(async |tables| {
        for end in [i64::MAX, i64::MIN] {
            put(&tables, counter(), number("count", end - end.signum())).await;
            update(&tables, vec![Change::Add("count", end.signum())]).await.unwrap();
            assert_eq!(attributes(&tables, &counter()).await, Some(number("count", end)));
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_is_added_to_what_is_no_number() {
    on_each_engine(async |tables| {
        put(&tables, counter(), Attributes::from_iter([("count".into(), text("five"))])).await;
        let other = key("changes", "other");
        let actions = vec![
            action(other.clone(), [], Effect::Put(number("count", 1))),
            action(counter(), [], Effect::Update(vec![Change::Add("count", 1)])),
        ];
        assert_invalid(tables.transact(actions).await, "adding to a text");
        assert_eq!(
            attributes(&tables, &counter()).await,
            Some(Attributes::from_iter([("count".into(), text("five"))]))
        );
        assert_eq!(attributes(&tables, &other).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_delete_takes_away_what_is_there_and_minds_nothing_else() {
    on_each_engine(async |tables| {
        put(&tables, counter(), number("count", 1)).await;
        put(&tables, key("changes", "neighbour"), number("count", 2)).await;
        for _ in 0..2 {
            tables.transact(vec![action(counter(), [], Effect::Delete)]).await.unwrap();
            assert_eq!(attributes(&tables, &counter()).await, None);
        }
        assert_eq!(attributes(&tables, &key("changes", "neighbour")).await, Some(number("count", 2)));
    })
    .await;
}
