//! Checks for failed jobs: the consequences of a post or a follow have not reached everybody.

use super::{Check, patiently};
use crate::Error;
use crate::repositories::jobs::JobStore;

/// Counts failed jobs. A repair retries the parked ones, because the cause of their failure may be repaired by now.
pub(super) async fn examine(jobs: &JobStore, repair: bool, check: &mut Check) -> Result<(), Error> {
    let failed = patiently(async || jobs.failed().await).await?;
    let parked = failed.jobs.iter().filter(|job| job.not_before.is_none()).count();
    let resting = failed.jobs.len() - parked;
    if resting > 0 {
        check.notes.push(format!(
            "{resting} jobs of the timelines failed, and are tried again (see `twclone-admin timelines lag --failed`)"
        ));
    }
    if !failed.unreadable.is_empty() {
        let count = failed.unreadable.len();
        check.faults.push(format!("{count} jobs of the timelines cannot be read; restore a backup to have them done"));
    }
    if parked > 0 && repair {
        let resumed = patiently(async || jobs.resume().await).await?;
        check.repaired.push(format!("{resumed} parked jobs of the timelines are tried again"));
    } else if parked > 0 {
        check.faults.push(format!(
            "{parked} jobs of the timelines failed too often, and are parked; see why (`twclone-admin timelines lag \
             --failed`), repair that, and let them be tried again (`twclone-admin doctor --repair`)"
        ));
    }
    Ok(())
}
