use compact_str::{CompactString, format_compact};
use futures_util::future::try_join_all;
use twclone_schema::TIMELINES;

use super::TimelineStore;
use crate::repositories::entries::{Entry, Part};
use crate::repositories::keys;
use crate::{Error, Id};
use item_store::api::{Direction, Query, SortRange};

/// Number of parts read at once from the list of parts: a few weeks.
const PARTS: u32 = 16;

impl TimelineStore {
    /// Returns the posts of all accounts after an id, newest first. Costs a query of the list of parts, and a query
    /// of each part that is read: those of the newest week, concurrently, and then of older weeks until there are
    /// enough posts.
    pub(crate) async fn public(&self, after: Option<Id>, count: usize) -> Result<Vec<Entry>, Error> {
        let mut query = Query {
            table: TIMELINES,
            partition: keys::PUBLIC.into(),
            // `.` sorts after the `-` before the shard, so the range includes all parts of the week.
            range: after.map_or(SortRange::All, |after| {
                SortRange::AtMost(format_compact!("{}.", week(&keys::public_part(after))))
            }),
            direction: Direction::Descending,
            limit: PARTS,
            after: None,
        };
        let mut entries: Vec<Entry> = Vec::new();
        let mut pending: Vec<CompactString> = Vec::new();
        loop {
            let page = self.tables.query(query.clone()).await?;
            pending.extend(page.items.into_iter().map(|item| item.key.sort.clone()));
            while let Some(newest) = pending.first().map(|part| week(part).to_owned()) {
                let end = pending.iter().position(|part| week(part) != newest);
                // The rest of this week may be on the next page.
                if end.is_none() && page.next.is_some() {
                    break;
                }
                let parts: Vec<_> = pending.drain(..end.unwrap_or(pending.len())).collect();
                let reading = parts
                    .iter()
                    .map(|part| Part::newest(TIMELINES, keys::public(part), after, count).entries(&self.tables));
                let mut found: Vec<_> = try_join_all(reading).await?.into_iter().flatten().collect();
                found.sort_by_key(|entry| std::cmp::Reverse(entry.id));
                entries.extend(found);
                if entries.len() >= count {
                    entries.truncate(count);
                    return Ok(entries);
                }
            }
            if page.next.is_none() {
                return Ok(entries);
            }
            query.after = page.next;
        }
    }
}

fn week(part: &str) -> &str {
    part.split('-').next().unwrap_or_default()
}
