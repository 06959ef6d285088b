//! Checks that the counters of posts match their lists.

use std::collections::HashMap;

use super::lines::Findings;
use super::{Check, patiently, pause};
use crate::repositories::posts::PostStore;
use crate::{Error, Id};

/// Number of times that a suspect is checked again before it is reported as a fault.
const LOOKS: u32 = 2;

/// Sums the counters and list entries of the whole table, and checks the posts for which they do not cancel out.
/// Returns the number of items.
pub(super) async fn examine(store: &PostStore, repair: bool, check: &mut Check) -> Result<u64, Error> {
    let (mut sums, mut items, mut after) = (HashMap::<Id, [i64; 3]>::new(), 0, None);
    loop {
        let page = patiently(async || store.inspect(after.clone()).await).await?;
        items += page.items;
        for (post, counts) in page.sums {
            let sum = sums.entry(post).or_default();
            for (sum, count) in sum.iter_mut().zip(counts) {
                *sum += count;
            }
            if *sum == [0; 3] {
                sums.remove(&post);
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut suspects: Vec<_> = sums.into_keys().collect();
    suspects.sort_unstable();
    let mut findings = Findings::default();
    for post in suspects {
        let Some(why) = differing(store, post).await? else { continue };
        if repair {
            patiently(async || store.recount(post).await).await?;
        }
        findings.found(format!("the post {post} counts {why}"), repair);
    }
    findings.tell("posts with wrong counters", check);
    Ok(items)
}

/// Returns how the counters of a post differ from its lists, if the difference persists.
async fn differing(store: &PostStore, post: Id) -> Result<Option<String>, Error> {
    let mut found = patiently(async || store.miscounted(post).await).await?;
    for _ in 0..LOOKS {
        if found.is_none() {
            break;
        }
        pause().await;
        let again = patiently(async || store.miscounted(post).await).await?;
        found = again.filter(|again| found.as_ref() == Some(again));
    }
    Ok(found)
}
