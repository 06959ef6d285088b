//! Checks that the counters of profiles match their lists.

use futures_util::future::try_join_all;

use super::lines::Findings;
use super::{Check, patiently, pause};
use crate::repositories::identity::IdentityStore;
use crate::repositories::profiles::ProfileStore;
use crate::{Error, Username};

/// Number of accounts that are checked concurrently.
const WIDTH: usize = 16;
/// Number of times that a suspect is checked again before it is reported as a fault.
const LOOKS: u32 = 2;

/// Compares the counters of all accounts. Counters that are just changing are right when they are checked again.
pub(super) async fn examine(
    identity: &IdentityStore,
    store: &ProfileStore,
    repair: bool,
    check: &mut Check,
) -> Result<(), Error> {
    let mut findings = Findings::default();
    let compared = compare(identity, store, repair, &mut findings).await;
    findings.tell("profiles with wrong counters", check);
    compared
}

async fn compare(
    identity: &IdentityStore,
    store: &ProfileStore,
    repair: bool,
    findings: &mut Findings,
) -> Result<(), Error> {
    let mut after = None;
    loop {
        let accounts = patiently(async || identity.accounts(true, after, WIDTH).await).await?;
        let Some(last) = accounts.last() else { return Ok(()) };
        after = Some(last.id);
        let names = accounts.into_iter().map(|account| account.profile.name).collect();
        let mut suspects = miscounted(store, names).await?;
        for _ in 0..LOOKS {
            if suspects.is_empty() {
                break;
            }
            pause().await;
            let again = miscounted(store, suspects.iter().map(|(name, _)| name.clone()).collect()).await?;
            suspects = again.into_iter().filter(|found| suspects.contains(found)).collect();
        }
        for (name, difference) in suspects {
            if repair {
                patiently(async || store.recount(&name).await).await?;
            }
            findings.found(format!("the profile of {name} counts {difference}"), repair);
        }
    }
}

async fn miscounted(store: &ProfileStore, names: Vec<Username>) -> Result<Vec<(Username, String)>, Error> {
    let looking = names.into_iter().map(async |name| {
        let found = patiently(async || store.miscounted(&name).await).await?;
        Ok::<_, Error>(found.map(|difference| (name, difference)))
    });
    Ok(try_join_all(looking).await?.into_iter().flatten().collect())
}
