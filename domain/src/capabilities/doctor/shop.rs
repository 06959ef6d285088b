//! Checks that every product and every cart line matches its key, and that every cart has an owner.

use super::lines::Findings;
use super::{Check, patiently};
use crate::Error;
use crate::repositories::identity::IdentityStore;
use crate::repositories::shop::ShopStore;

/// Checks the table, page by page. Returns the number of items.
pub(super) async fn examine(
    store: &ShopStore,
    identity: &IdentityStore,
    repair: bool,
    check: &mut Check,
) -> Result<u64, Error> {
    let (mut unknown, mut orphans) = (Findings::default(), Findings::default());
    let (mut items, mut after) = (0, None);
    loop {
        let page = patiently(async || store.inspect(after.clone()).await).await?;
        items += page.items;
        for line in page.unknown {
            unknown.fault(line);
        }
        // An account exists before its cart does.
        let states = identity.states(page.lines.iter().map(|(owner, _)| owner.clone()).collect()).await?;
        for (owner, key) in page.lines.into_iter().filter(|(owner, _)| !states.contains_key(&owner.key())) {
            let told = format!("there is a line {} in the cart of {owner} but no account", key.sort);
            let repaired = repair && patiently(async || store.sweep(key.clone()).await).await?;
            orphans.found(told, repaired);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    unknown.tell("shop items that do not match their keys", check);
    orphans.tell("cart lines without an account", check);
    Ok(items)
}
