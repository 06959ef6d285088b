use item_store::api::{Change, Condition, Effect, StoreError, Value};
use tokio::task::JoinSet;

use super::{action, attributes, key, number, on_each_engine, persist, put};

const TASKS: i64 = 32;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sums_that_are_made_at_once_are_all_counted() {
    on_each_engine(async |tables| {
        let mut tasks = JoinSet::new();
        for _ in 0..TASKS {
            let tables = tables.clone();
            tasks.spawn(async move {
                let add = vec![action(key("races", "sum"), [], Effect::Update(vec![Change::Add("count", 1)]))];
                persist(&tables, add).await
            });
        }
        for answer in tasks.join_all().await {
            answer.unwrap();
        }
        assert_eq!(attributes(&tables, &key("races", "sum")).await, Some(number("count", TASKS)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_those_who_want_what_is_free_exactly_one_gets_it() {
    on_each_engine(async |tables| {
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let tables = tables.clone();
            tasks.spawn(async move {
                let take = Effect::Put(number("owner", task));
                let take = vec![action(key("races", "name"), [Condition::Absent], take)];
                (task, persist(&tables, take).await)
            });
        }
        let (winners, losers): (Vec<_>, Vec<_>) =
            tasks.join_all().await.into_iter().partition(|(_, answer)| answer.is_ok());
        assert_eq!(winners.len(), 1, "{winners:?}");
        for (task, answer) in losers {
            assert_eq!(answer, Err(StoreError::ConditionFailed(vec![0])), "{task}");
        }
        assert_eq!(attributes(&tables, &key("races", "name")).await, Some(number("owner", winners[0].0)));
    })
    .await;
}

/// Each task moves 1 from one account to the other if anything is left. Half of them come too late.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_checked_holds_while_it_is_written() {
    on_each_engine(async |tables| {
        let [from, to] = ["from", "to"].map(|sort| key("races", sort));
        put(&tables, from.clone(), number("count", TASKS / 2)).await;
        let mut tasks = JoinSet::new();
        for _ in 0..TASKS {
            let (tables, from, to) = (tables.clone(), from.clone(), to.clone());
            tasks.spawn(async move {
                let add = |more| Effect::Update(vec![Change::Add("count", more)]);
                let some = Condition::Greater("count", Value::Number(0));
                let take = action(from, [some], add(-1));
                persist(&tables, vec![take, action(to, [], add(1))]).await
            });
        }
        let late = tasks.join_all().await.into_iter().filter(|answer| {
            assert!(matches!(answer, Ok(()) | Err(StoreError::ConditionFailed(_))), "{answer:?}");
            answer.is_err()
        });
        assert_eq!(late.count(), usize::try_from(TASKS / 2).unwrap());
        assert_eq!(attributes(&tables, &from).await, Some(number("count", 0)));
        assert_eq!(attributes(&tables, &to).await, Some(number("count", TASKS / 2)));
    })
    .await;
}
