use item_store::StoreCalls;
use item_store::api::{Action, Change, Condition, Effect, Key, StoreError, Value};
use twclone_schema::{MESSAGES, PLATFORM, POSTS, TABLES};

use super::{action, attributes, engines, item, key, number, on_each_engine, put};

fn three() -> [Key; 3] {
    ["first", "second", "third"].map(|sort| key("transactions", sort))
}

/// Returns writes of 1 to three items, where those at the given places must be absent.
fn writes(absent: &[usize]) -> Vec<Action> {
    let write = |(place, key)| {
        let conditions = if absent.contains(&place) { vec![Condition::Absent] } else { Vec::new() };
        action(key, conditions, Effect::Put(number("count", 1)))
    };
    three().into_iter().enumerate().map(write).collect()
}

#[tokio::test]
async fn one_condition_that_fails_stops_all_and_is_named() {
    on_each_engine(async |tables| {
        for place in 0..3 {
            let taken = &three()[place];
            put(&tables, taken.clone(), number("count", 0)).await;
            let answer = tables.transact(writes(&[0, 1, 2])).await;
            assert_eq!(answer, Err(StoreError::ConditionFailed(vec![place])));
            for key in &three() {
                let expected = (key == taken).then(|| number("count", 0));
                assert_eq!(attributes(&tables, key).await, expected, "{key:?} with {place} taken");
            }
            tables.transact(vec![action(taken.clone(), [], Effect::Delete)]).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn every_condition_that_fails_is_named() {
    on_each_engine(async |tables| {
        for key in three() {
            put(&tables, key, number("count", 0)).await;
        }
        for places in [vec![0, 1, 2], vec![0, 2], vec![1, 2], vec![1]] {
            let answer = tables.transact(writes(&places)).await;
            assert_eq!(answer, Err(StoreError::ConditionFailed(places)));
        }
        for key in &three() {
            assert_eq!(attributes(&tables, key).await, Some(number("count", 0)));
        }
        tables.transact(writes(&[])).await.unwrap();
        for key in &three() {
            assert_eq!(attributes(&tables, key).await, Some(number("count", 1)));
        }
    })
    .await;
}

#[tokio::test]
async fn all_effects_happen_together_and_in_two_tables() {
    on_each_engine(async |tables| {
        let [first, second, third] = three();
        put(&tables, first.clone(), number("count", 1)).await;
        put(&tables, second.clone(), number("count", 1)).await;
        let platform = Action {
            table: PLATFORM,
            // The same key in another table is another item.
            key: first.clone(),
            conditions: vec![Condition::Absent],
            effect: Effect::Put(number("count", 9)),
        };
        let unchanged = [Condition::Equals("count", Value::Number(1))];
        let actions = vec![
            action(first.clone(), unchanged.clone(), Effect::Update(vec![Change::Add("count", 1)])),
            action(second.clone(), unchanged, Effect::Delete),
            action(third.clone(), [Condition::Absent], Effect::Check),
            platform,
        ];
        tables.transact(actions.clone()).await.unwrap();
        assert_eq!(attributes(&tables, &first).await, Some(number("count", 2)));
        assert_eq!(attributes(&tables, &second).await, None);
        assert_eq!(attributes(&tables, &third).await, None);
        let found = tables.get(PLATFORM, first.clone()).await.unwrap();
        assert_eq!(found, Some(item(first, number("count", 9)).into()));

        let again = tables.transact(actions).await;
        assert_eq!(again, Err(StoreError::ConditionFailed(vec![0, 1, 3])));
    })
    .await;
}

#[tokio::test]
async fn a_check_that_fails_stops_the_writes_beside_it() {
    on_each_engine(async |tables| {
        let [first, second, _] = three();
        let actions = vec![
            action(first.clone(), [], Effect::Put(number("count", 1))),
            action(second, [Condition::Present], Effect::Check),
        ];
        assert_eq!(tables.transact(actions).await, Err(StoreError::ConditionFailed(vec![1])));
        assert_eq!(attributes(&tables, &first).await, None);
    })
    .await;
}

#[tokio::test]
async fn tables_that_are_missing_are_named_and_made_once() {
    for engine in engines().await {
        eprintln!("on the engine {}", engine.name);
        let tables = engine.tables;
        let before = tables.describe().await.unwrap();
        assert!(before.len() == TABLES.len() && before.iter().all(|table| !table.active), "{before:?}");
        let names: Vec<_> = before.into_iter().map(|table| table.name).collect();
        for (name, ending) in names.iter().zip(["-messages", "-posts", "-graph", "-timelines", "-shop", "-platform"]) {
            assert!(name.ends_with(ending), "{names:?}");
        }

        let missing = Err(StoreError::NoSuchTable(names[0].clone()));
        assert_eq!(tables.get(MESSAGES, key("a", "b")).await, missing);
        assert_eq!(tables.transact(writes(&[0])).await, Err(StoreError::NoSuchTable(names[0].clone())));
        let of_two = tables.batch_get_across(vec![(MESSAGES, key("a", "b")), (POSTS, key("a", "b"))]);
        assert!(matches!(of_two.await, Err(StoreError::NoSuchTable(text)) if text.starts_with(&names[0])));

        assert_eq!(tables.create_tables().await.unwrap(), names);
        assert!(tables.describe().await.unwrap().iter().all(|table| table.active && table.items == 0));
        tables.transact(writes(&[0])).await.unwrap();
        assert_eq!(tables.create_tables().await.unwrap(), Vec::<String>::new());
        assert_eq!(attributes(&tables, &three()[0]).await, Some(number("count", 1)), "made again, and emptied");
        tables.ping().await.unwrap();
    }
}

#[tokio::test]
async fn calls_are_counted_and_those_refused_are_not() {
    on_each_engine(async |tables| {
        tables.transact(writes(&[])).await.unwrap();
        tables.transact(Vec::new()).await.unwrap_err();
        tables.batch_get(MESSAGES, three().to_vec()).await.unwrap();
        let tables_of_two = [MESSAGES, POSTS];
        tables.batch_get_across(tables_of_two.into_iter().zip(three()).collect()).await.unwrap();
        tables.batch_get_across(Vec::new()).await.unwrap_err();
        attributes(&tables, &three()[0]).await;
        attributes(&tables, &three()[0]).await;
        let expected = StoreCalls { get: 2, batch_get: 2, transact: 1, ..StoreCalls::default() };
        assert_eq!(tables.clone().calls(), expected);
    })
    .await;
}
