//! Checks that both stores belong to the same installation and are of the same age.

use super::{Check, patiently};
use crate::epoch::Epoch;
use crate::{Error, Randomness};

/// Compares the marks of the two stores. A repair of this comes last: what one of the stores lacks has been restored
/// or reported by then, so the stores are accepted as they are.
pub(super) async fn examine(
    epoch: &Epoch,
    repair: bool,
    randomness: &Randomness,
    check: &mut Check,
) -> Result<(), Error> {
    let Some(apart) = patiently(async || epoch.apart().await).await? else { return Ok(()) };
    let told = apart.told();
    if repair {
        patiently(async || epoch.accept(randomness).await).await?;
        check.repaired.push(format!("{told}; accepted both as they are"));
    } else {
        check.faults.push(format!(
            "{told}, so nothing starts; restore both from one backup, or accept them as they are with --repair, which \
             repeats deletions and keeps the names in both stores taken"
        ));
    }
    Ok(())
}
