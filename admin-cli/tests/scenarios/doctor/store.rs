//! Reads and changes items without the service.

use std::collections::BTreeMap;
use std::time::Duration;

use item_store::Tables;
use item_store::api::{Action, Attributes, Effect, Key, Table};
use tokio::runtime::Runtime;
use twclone_testkit::World;

const DEADLINE: Duration = Duration::from_secs(30);

pub(super) fn key(partition: &str, sort: &str) -> Key {
    Key::new(partition, sort)
}

pub(super) fn act(table: Table, key: Key, effect: Effect) -> Action {
    Action { table, key, conditions: Vec::new(), effect }
}

/// Runs these actions, in transactions of up to ten.
pub(super) fn apply(world: &World, actions: Vec<Action>) {
    on_tables(world, async |tables| {
        for actions in actions.chunks(10) {
            tables.transact(actions.to_vec()).await.unwrap();
        }
    });
}

/// Returns all items of a table.
pub(super) fn contents(world: &World, table: Table) -> BTreeMap<Key, Attributes> {
    on_tables(world, async |tables| {
        let (mut found, mut after) = (BTreeMap::new(), None);
        loop {
            let page = tables.scan(table, after, 1_000).await.unwrap();
            found.extend(page.items.into_iter().map(|item| (item.key, item.attributes)));
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    })
}

fn on_tables<T>(world: &World, work: impl AsyncFnOnce(Tables) -> T) -> T {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async { work(world.tables(DEADLINE).await).await })
}
