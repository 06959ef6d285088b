//! Finds expired items that were not removed. They are no fault, because readers check the expiry.

use std::collections::BTreeMap;

use super::{Check, patiently};
use crate::repositories::expired::{self, expired};
use crate::{Error, Timestamp};
use item_store::Tables;

/// How long an expired item may remain, in milliseconds: DynamoDB takes its time to remove it.
const GRACE: i64 = 24 * 3_600_000;

/// Checks the table, page by page. Returns the number of items.
pub(super) async fn examine(tables: &Tables, now: Timestamp, repair: bool, check: &mut Check) -> Result<u64, Error> {
    let before = now.plus_millis(-GRACE);
    let (mut items, mut after) = (0, None);
    let (mut lying, mut swept) = (BTreeMap::new(), BTreeMap::new());
    loop {
        let page = patiently(async || expired(tables, before, after.clone()).await).await?;
        items += page.items;
        for key in page.keys {
            let gone = repair && patiently(async || expired::sweep(tables, key.clone(), before).await).await?;
            expired::count(&[key], if gone { &mut swept } else { &mut lying });
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let lying = lying.into_iter().map(|(kind, count)| format!("{count} {kind} expired more than a day ago"));
    check.notes.extend(lying);
    let swept = swept.into_iter().map(|(kind, count)| format!("removed {count} expired {kind}"));
    check.repaired.extend(swept);
    Ok(items)
}
