//! Plays one sequence on all engines at once, and compares each result with the model's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use item_store::Tables;
use item_store::api::{Direction, Item, Query, QueryPage, SortRange, StoreError, Table, Write};

use super::call::{Answer, Call, readable};
use super::differences::{is_permitted, left_out};
use super::model::Model;
use crate::TestEngine;

/// Numbers of calls by kind and result.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) sequences: u64,
    pub(super) answers: BTreeMap<(&'static str, &'static str), u64>,
    /// Number of attempts that ended because an engine timed out.
    pub(super) late: u64,
    /// Number of full pages without a cursor, which is permitted at the end of a range.
    pub(super) permitted: u64,
    pub(super) left_out: BTreeMap<&'static str, u64>,
}

/// The reason why a sequence stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// An engine returned a wrong result.
    Wrong(String),
    /// An engine timed out, and the outcome is unknown.
    Late,
}

pub(super) async fn play(
    engines: &[TestEngine],
    prefix: &str,
    calls: &[Call],
    summary: &mut Summary,
) -> Result<(), Stop> {
    summary.sequences += 1;
    if summary.sequences.is_multiple_of(1_000) {
        eprintln!("{} sequences", summary.sequences);
    }
    let mut model = Model::default();
    let mut partitions = BTreeSet::new();
    for (place, call) in calls.iter().enumerate() {
        let call = call.clone().under(prefix);
        if engines.len() > 1
            && let Some(reason) = left_out(&call, &model)
        {
            *summary.left_out.entry(reason).or_default() += 1;
            continue;
        }
        let (expected, writes) = model.plan(&call);
        for (engine, found) in engines.iter().zip(ask(engines, &call).await) {
            if found == Answer::Broken(StoreError::Timeout) {
                return Err(Stop::Late);
            }
            if found == expected {
                continue;
            }
            if is_permitted(engine.name, &call, &expected, &found, &model) {
                summary.permitted += 1;
            } else {
                let (expected, found) = (readable(&expected), readable(&found));
                let text = format!("call {place}, {}:\n  expected {expected}\n  found    {found}", engine.name);
                return Err(Stop::Wrong(text));
            }
        }
        *summary.answers.entry((call.kind(), expected.kind())).or_default() += 1;
        partitions.extend(writes.iter().map(|((table, key), _)| (*table, key.partition.clone())));
        model.apply(writes);
    }
    for engine in engines {
        for (table, partition) in &partitions {
            let expected: Vec<_> = model.partition(table, partition).collect();
            let found = contents(&engine.tables, table, partition).await?;
            if found != expected {
                let (expected, found) = (readable(&expected), readable(&found));
                let text = format!("in the end, {}:\n  expected {expected}\n  found    {found}", engine.name);
                return Err(Stop::Wrong(text));
            }
            clear(&engine.tables, table, found).await?;
        }
    }
    Ok(())
}

async fn ask(engines: &[TestEngine], call: &Call) -> Vec<Answer> {
    let asked: Vec<_> = engines.iter().map(|engine| tokio::spawn(call.clone().make(engine.tables.clone()))).collect();
    let mut answers = Vec::new();
    for answer in asked {
        answers.push(answer.await.unwrap());
    }
    answers
}

async fn contents(tables: &Tables, table: Table, partition: &str) -> Result<Vec<Arc<Item>>, Stop> {
    let (partition, direction) = (partition.into(), Direction::Ascending);
    let mut query = Query { table, partition, range: SortRange::All, direction, limit: 1_000, after: None };
    let mut all = Vec::new();
    loop {
        let QueryPage { items, next } = tables.query(query.clone()).await.map_err(stop)?;
        all.extend(items);
        query.after = next;
        if query.after.is_none() {
            return Ok(all);
        }
    }
}

/// Deletes items, so that the stores stay small.
async fn clear(tables: &Tables, table: Table, items: Vec<Arc<Item>>) -> Result<(), Stop> {
    for items in items.chunks(25) {
        let writes = items.iter().map(|item| Write::Delete(table, item.key.clone()));
        tables.batch_write(writes.collect()).await.map_err(stop)?;
    }
    Ok(())
}

fn stop(error: StoreError) -> Stop {
    match error {
        StoreError::Timeout => Stop::Late,
        error => Stop::Wrong(format!("in the end: {error}")),
    }
}
