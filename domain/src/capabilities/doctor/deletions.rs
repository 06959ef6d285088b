//! Checks that nothing is left of each account whose deletion has finished, and that nothing new can arrive.

use std::sync::Arc;

use super::lines::Findings;
use super::{Check, patiently, pause};
use crate::accounts::{AccountState, Actor, Authority, Event, EventKind, Origin};
use crate::background::Background;
use crate::deletion::{AccountPurge, Deletions, left};
use crate::epoch::Epoch;
use crate::repositories::Stores;
use crate::repositories::identity::IdentityStore;
use crate::repositories::leases::{self, LeaseStore};
use crate::worker::Worker;
use crate::{AccountReference, Clock, Error, Id, Randomness, Username};
use item_store::Tables;

/// Number of finished deletions per read.
const BATCH: u32 = 100;
/// Number of accounts per read.
const PAGE: usize = 100;

/// Checks all finished deletions. A repair repeats the incomplete ones.
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
    findings.tell("incomplete deletions", check);
    Ok(())
}

/// Finds accounts that are deleted according to the items but not according to `identity.db`, which is older than the
/// deletion. A repair deletes them again, as their owners wanted.
pub(super) async fn examine_forgotten(
    identity: &Arc<IdentityStore>,
    tables: &Tables,
    repair: bool,
    (clock, randomness): (&Clock, &Randomness),
    check: &mut Check,
) -> Result<(), Error> {
    let (mut findings, stores, mut after) = (Findings::default(), Stores::new(tables), None);
    loop {
        let accounts = patiently(async || identity.accounts(true, after, PAGE).await).await?;
        let Some(last) = accounts.last() else { break };
        after = Some(last.id);
        let living = accounts.into_iter().filter(|account| account.state != AccountState::Deleted);
        let living: Vec<_> = living.map(|account| (account.id, account.profile.name)).collect();
        let names: Vec<_> = living.iter().map(|(_, name)| name.clone()).collect();
        let fenced = patiently(async || stores.profiles.fenced(&names).await).await?;
        for (account, name) in living.into_iter().filter(|(_, name)| fenced.contains(name)) {
            // A deletion in progress marks the account in `identity.db` first, so read that again.
            let found = identity.account(&AccountReference::Id(account)).await?;
            if found.is_none_or(|found| found.account.state == AccountState::Deleted) {
                continue;
            }
            if repair {
                delete(identity, tables, account, (clock, randomness)).await?;
            }
            findings
                .found(format!("the items say that the account {name} is deleted, and identity.db does not"), repair);
        }
    }
    findings.tell("deletions that are missing in identity.db", check);
    Ok(())
}

async fn delete(
    identity: &Arc<IdentityStore>,
    tables: &Tables,
    account: Id,
    (clock, randomness): (&Clock, &Randomness),
) -> Result<(), Error> {
    let background = Background::new();
    let worker = worker(&background, tables, (clock, randomness)).await?;
    let request_id = format!("{:016x}", u64::from_be_bytes(randomness.bytes()?));
    let origin = Origin { request_id, address: None, user_agent: None };
    let event = Event::new(worker.ids.next().await?, EventKind::Deleted, Actor::Administrator, None, &origin);
    background.stop().await;
    worker.stop().await?;
    // The repeated deletion looks for what is left after this.
    identity.begin_deletion(Authority::Administrator(account), clock.now(), event).await?;
    redo(identity, &Stores::new(tables), tables, account, (clock, randomness)).await
}

/// Returns why a deletion is incomplete, or `None` if it is complete.
async fn undone(stores: &Stores, name: &Username) -> Result<Option<String>, Error> {
    let left = left(stores, name).await?;
    if !left.is_empty() {
        return Ok(Some(format!("some of its data is left: {}", left.join(", "))));
    }
    let is_whole = stores.fences.is_whole(name).await?;
    Ok((!is_whole).then(|| "it has no fence in the items, so others can write to it".to_owned()))
}

async fn redo(
    identity: &Arc<IdentityStore>,
    stores: &Stores,
    tables: &Tables,
    account: Id,
    (clock, randomness): (&Clock, &Randomness),
) -> Result<(), Error> {
    identity.reopen_deletion(account).await?;
    let background = Background::new();
    let worker = worker(&background, tables, (clock, randomness)).await?;
    let purge = AccountPurge::new(stores.clone(), Arc::clone(&worker.ids));
    let epoch = Epoch::new(Arc::clone(identity), tables);
    let done = Deletions::new(Arc::clone(identity), purge, epoch, clock.clone()).redo(account).await;
    background.stop().await;
    worker.stop().await?;
    done
}

/// Starts a worker that generates ids while it runs.
async fn worker(
    background: &Background,
    tables: &Tables,
    (clock, randomness): (&Clock, &Randomness),
) -> Result<Worker, Error> {
    let leases = LeaseStore::new(leases::WORKERS, tables.clone(), clock.clone(), randomness.clone());
    Worker::start(background, leases, clock.clone()).await
}
