//! Whether of each account whose deletion is finished nothing is left, and nothing can come any more.

use std::sync::Arc;

use super::lines::Findings;
use super::{Check, patiently, pause};
use crate::deletion::{Deletions, Remains, left};
use crate::store::identity::IdentityStore;
use crate::store::leases::{self, LeaseStore};
use crate::store::{Stores, Tables};
use crate::worker::Worker;
use crate::{AccountReference, Clock, Error, Id, Randomness, Username};

/// How many deletions are looked at in one go.
const BATCH: u32 = 100;

/// Looks at all finished deletions. A repair does those again that are not.
pub(super) async fn examine(
    identity: &Arc<IdentityStore>,
    tables: &Tables,
    repair: bool,
    (clock, randomness): (&Clock, &Randomness),
    check: &mut Check,
) -> Result<(), Error> {
    let (mut findings, stores, mut suspects) = (Findings::default(), Stores::new(tables), Vec::new());
    let mut after = None;
    loop {
        let finished = patiently(async || identity.finished_deletions(after, BATCH).await).await?;
        let Some(last) = finished.last() else { break };
        after = Some(*last);
        for account in finished {
            let Some(stored) = identity.account(&AccountReference::Id(account)).await? else { continue };
            let name = stored.account.profile.name;
            if let Some(why) = patiently(async || undone(&stores, &name).await).await? {
                suspects.push((account, name, why));
            }
        }
    }
    if !suspects.is_empty() {
        pause().await;
    }
    for (account, name, _) in suspects {
        let Some(why) = patiently(async || undone(&stores, &name).await).await? else { continue };
        if repair {
            redo(identity, &stores, tables, account, (clock, randomness)).await?;
        }
        findings.found(format!("the account {name} is deleted, but {why}"), repair);
    }
    findings.tell("deletions that are not done", check);
    Ok(())
}

/// Why a deletion is not done, if it is not.
async fn undone(stores: &Stores, name: &Username) -> Result<Option<String>, Error> {
    let left = left(stores, name).await?;
    if !left.is_empty() {
        return Ok(Some(format!("some of it is left: {}", left.join(", "))));
    }
    let is_whole = stores.fences.is_whole(name).await?;
    Ok((!is_whole).then(|| "the items do not say so, and let others write to it".to_owned()))
}

async fn redo(
    identity: &Arc<IdentityStore>,
    stores: &Stores,
    tables: &Tables,
    account: Id,
    (clock, randomness): (&Clock, &Randomness),
) -> Result<(), Error> {
    identity.reopen_deletion(account).await?;
    let leases = LeaseStore::new(leases::WORKERS, tables.clone(), clock.clone(), randomness.clone());
    let worker = Worker::start(leases, clock.clone()).await?;
    let remains = Remains::new(stores.clone(), Arc::clone(&worker.ids));
    let done = Deletions::new(Arc::clone(identity), remains, clock.clone()).redo(account).await;
    worker.stop().await?;
    done
}
