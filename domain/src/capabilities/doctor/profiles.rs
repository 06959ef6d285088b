//! Checks that every profile matches its account, and that every profile has an account.

use std::sync::Arc;

use super::lines::Findings;
use super::{Check, patiently, pause};
use crate::accounts::Account;
use crate::epoch::Epoch;
use crate::projection::Outbox;
use crate::repositories::identity::IdentityStore;
use crate::repositories::profiles::{Difference, ProfileStore};
use crate::{AccountReference, Error, Id, Username};

/// Number of accounts that are compared at once.
const BATCH: usize = 100;
/// Number of times that a suspect is checked again before it is reported as a fault.
const LOOKS: u32 = 2;

/// Compares all accounts, then checks the table. Returns the number of items. Profiles that wait in the outbox are
/// reported, and are no fault.
pub(super) async fn examine(
    identity: &Arc<IdentityStore>,
    store: &ProfileStore,
    epoch: Epoch,
    repair: bool,
    check: &mut Check,
) -> Result<u64, Error> {
    if repair && let Err(error) = Outbox::new(Arc::clone(identity), store.clone(), epoch).empty().await {
        check.notes.push(format!("waiting profiles were not written: {error}"));
    }
    let mut differing = Findings::default();
    let compared = compare(identity, store, repair, &mut differing).await;
    differing.tell("profiles that differ from their accounts", check);
    compared?;
    let (mut orphans, mut unknown) = (Findings::default(), Findings::default());
    let items = look_through(identity, store, repair, &mut orphans, &mut unknown).await;
    orphans.tell("profiles without an account", check);
    unknown.tell("items of an unknown kind", check);
    let waiting = identity.count_waiting().await?;
    if waiting > 0 {
        check.notes.push(format!("{waiting} profiles wait to be written by a running server, or with --repair"));
    }
    items
}

async fn compare(
    identity: &IdentityStore,
    store: &ProfileStore,
    repair: bool,
    differing: &mut Findings,
) -> Result<(), Error> {
    let mut after = None;
    loop {
        let accounts = patiently(async || identity.accounts(true, after, BATCH).await).await?;
        let Some(last) = accounts.last() else { return Ok(()) };
        after = Some(last.id);
        let mut suspects = suspects(store, accounts).await?;
        for _ in 0..LOOKS {
            if suspects.is_empty() {
                break;
            }
            pause().await;
            suspects = again(identity, store, suspects).await?;
        }
        for (account, difference) in suspects {
            let repaired = repair && patiently(async || store.mend(&account, &difference).await).await?;
            if repaired && difference == Difference::Missing {
                patiently(async || store.recount(&account.profile.name).await).await?;
            }
            differing.found(told(&account, &difference), repaired);
        }
    }
}

async fn suspects(store: &ProfileStore, accounts: Vec<Account>) -> Result<Vec<(Account, Difference)>, Error> {
    let differences = patiently(async || store.differences(&accounts).await).await?;
    Ok(accounts.into_iter().zip(differences).filter_map(|(account, found)| Some((account, found?))).collect())
}

/// Returns the suspects that are unchanged and do not wait in the outbox.
async fn again(
    identity: &IdentityStore,
    store: &ProfileStore,
    before: Vec<(Account, Difference)>,
) -> Result<Vec<(Account, Difference)>, Error> {
    let mut accounts = Vec::new();
    for (account, _) in &before {
        let found = identity.account(&AccountReference::Id(account.id)).await?.map(|stored| stored.account);
        // The outbox entry is removed after the write, so the outbox must be checked before the profile.
        if found.as_ref() == Some(account) && !identity.is_waiting(account.id).await? {
            accounts.extend(found);
        }
    }
    let mut found = suspects(store, accounts).await?;
    found.retain(|found| before.contains(found));
    Ok(found)
}

async fn look_through(
    identity: &IdentityStore,
    store: &ProfileStore,
    repair: bool,
    orphans: &mut Findings,
    unknown: &mut Findings,
) -> Result<u64, Error> {
    let (mut items, mut after) = (0, None);
    loop {
        let page = patiently(async || store.inspect(after.clone()).await).await?;
        items += page.items;
        for line in page.unknown {
            unknown.fault(line);
        }
        // An account exists before its profile does.
        let states = identity.states(page.owners.iter().map(|(owner, _)| owner.clone()).collect()).await?;
        for (owner, written) in page.owners.into_iter().filter(|(owner, _)| !states.contains_key(&owner.key())) {
            let name = owner.key();
            if written {
                // Not repaired: the profile keeps the name reserved. A stranger with the name could read what its
                // owner wrote and received.
                orphans.fault(format!(
                    "there is a profile of {name} but no account {name}: identity.db may be from an older backup; \
                     restore both stores from one backup. Until then, the name stays taken"
                ));
                continue;
            }
            let repaired = repair && patiently(async || store.remove(&owner).await).await?;
            orphans.found(format!("there is a profile of {name} but no account"), repaired);
        }
        after = page.next;
        if after.is_none() {
            return Ok(items);
        }
    }
}

fn told(account: &Account, difference: &Difference) -> String {
    let (name, version): (&Username, i64) = (&account.profile.name, account.profile_version);
    let id: Id = account.id;
    match difference {
        Difference::Missing => format!("the profile of {name} ({id}) is missing"),
        Difference::Version(None) => format!("the profile of {name} ({id}) has no version"),
        Difference::Version(Some(found)) => {
            let age = if *found < version { "older" } else { "newer" };
            format!("the profile of {name} ({id}) is {age} than the account: version {found}, not {version}")
        }
        Difference::Otherwise(_) => format!("the profile of {name} ({id}) differs from the account"),
    }
}
