//! Concurrent random transfers between a few accounts, on each engine separately. In whatever order they run, each is
//! done whole or not at all, and a balance is what came in minus what went out.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use item_store::Tables;
use item_store::api::{Action, Change, Condition, Direction, Effect, Item, Key, SortRange, StoreError, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::with_tables;
use crate::{TestEngine, action, key, number, persist, put, query};

const ACCOUNTS: usize = 4;
const TASKS: usize = 8;
const EACH: i64 = 10;

#[derive(Debug, Clone)]
struct Transfer {
    from: usize,
    to: usize,
    amount: i64,
}

fn transfer() -> impl Strategy<Value = Transfer> {
    (0..ACCOUNTS, 1..ACCOUNTS, 1..=EACH).prop_map(|(from, further, amount)| {
        let to = (from + further) % ACCOUNTS;
        Transfer { from, to, amount }
    })
}

#[test]
fn random_transfers_at_once_are_done_whole_or_not_at_all() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let engines = runtime.block_on(with_tables());
    // Tasks interleave differently each time, so shrinking gains nothing.
    let config = Config {
        cases: 8,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        max_shrink_iters: 0,
        ..Config::default()
    };
    let banks = Cell::new(0);
    let transfers = vec(vec(transfer(), 1..=8), TASKS);
    let ran = TestRunner::new(config).run(&transfers, |tasks| {
        banks.set(banks.get() + 1);
        for engine in &engines {
            runtime.block_on(run(engine, &format!("bank-{}", banks.get()), &tasks));
        }
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
}

async fn run(engine: &TestEngine, bank: &str, tasks: &[Vec<Transfer>]) {
    eprintln!("on the engine {}", engine.name);
    let mut expected = vec![EACH; ACCOUNTS];
    for place in 0..ACCOUNTS {
        put(&engine.tables, account(bank, place), number("balance", EACH)).await;
    }
    // A query of DynamoDB may see one half of a transaction, a query of the embedded engine may not.
    let is_whole = engine.name == "embedded";
    let (end, ended) = watch::channel(());
    let watcher = tokio::spawn(look_on(engine.tables.clone(), bank.to_owned(), is_whole, ended));
    let mut running = JoinSet::new();
    for (task, transfers) in tasks.iter().cloned().enumerate() {
        let (tables, bank) = (engine.tables.clone(), bank.to_owned());
        running.spawn(async move {
            let mut done = Vec::new();
            for (place, transfer) in transfers.into_iter().enumerate() {
                let record = key(&bank, &format!("transfer-{task}-{place}"));
                match persist(&tables, actions(&bank, &record, &transfer)).await {
                    Ok(()) => done.push((record, transfer)),
                    Err(error) => assert_eq!(error, StoreError::ConditionFailed(vec![0]), "{transfer:?}"),
                }
            }
            done
        });
    }
    let mut records: Vec<_> = running.join_all().await.into_iter().flatten().collect();
    drop(end);
    watcher.await.unwrap();
    for (_, transfer) in &records {
        expected[transfer.from] -= transfer.amount;
        expected[transfer.to] += transfer.amount;
    }
    assert_eq!(balances(&engine.tables, bank).await, expected);
    records.sort_by(|(one, _), (other, _)| one.cmp(other));
    let found = items(&engine.tables, bank, "transfer-").await.into_iter().map(|item| item.key.clone());
    assert_eq!(found.collect::<Vec<_>>(), records.into_iter().map(|(key, _)| key).collect::<Vec<_>>());
}

/// Returns the actions of a transfer: takes from one account if its balance suffices, gives to the other, and records
/// the transfer.
fn actions(bank: &str, record: &Key, transfer: &Transfer) -> Vec<Action> {
    let Transfer { from, to, amount } = *transfer;
    let add = |more| Effect::Update(vec![Change::Add("balance", more)]);
    let enough = Condition::Greater("balance", Value::Number(amount - 1));
    vec![
        action(account(bank, from), [enough], add(-amount)),
        action(account(bank, to), [Condition::Present], add(amount)),
        action(record.clone(), [Condition::Absent], Effect::Put(number("amount", amount))),
    ]
}

async fn look_on(tables: Tables, bank: String, is_whole: bool, mut ended: watch::Receiver<()>) {
    let total = EACH * i64::try_from(ACCOUNTS).unwrap();
    loop {
        let balances = balances(&tables, &bank).await;
        assert!(balances.iter().all(|balance| (0..=total).contains(balance)), "{balances:?}");
        assert!(!is_whole || balances.iter().sum::<i64>() == total, "{balances:?}");
        // The value never changes. The wait ends when the sender is dropped.
        if tokio::time::timeout(Duration::from_millis(1), ended.changed()).await.is_ok() {
            return;
        }
    }
}

fn account(bank: &str, place: usize) -> Key {
    key(bank, &format!("account-{place}"))
}

async fn balances(tables: &Tables, bank: &str) -> Vec<i64> {
    let accounts = items(tables, bank, "account-").await.into_iter();
    let balance = |item: Arc<Item>| match item.attributes[&"balance".into()] {
        Value::Number(balance) => balance,
        ref other => panic!("{other:?}"),
    };
    accounts.map(balance).collect()
}

async fn items(tables: &Tables, bank: &str, prefix: &str) -> Vec<Arc<Item>> {
    let range = SortRange::BeginsWith(prefix.into());
    tables.query(query(bank, range, Direction::Ascending, 1_000)).await.unwrap().items
}
