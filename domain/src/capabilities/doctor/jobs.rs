//! Checks for failed jobs, because of which posts or follows have not reached every timeline.

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
            "failed timeline jobs that will be retried: {resting} (see `twclone-admin timelines lag --failed`)"
        ));
    }
    if !failed.unreadable.is_empty() {
        let count = failed.unreadable.len();
        check.faults.push(format!("timeline jobs that cannot be read: {count}; restore a backup to run them"));
    }
    if parked > 0 && repair {
        let resumed = patiently(async || jobs.resume().await).await?;
        check.repaired.push(format!("parked timeline jobs that will be retried: {resumed}"));
    } else if parked > 0 {
        check.faults.push(format!(
            "timeline jobs parked after too many failures: {parked}; see the reason with `twclone-admin timelines \
             lag --failed`, repair the cause, and retry them with `twclone-admin doctor --repair`"
        ));
    }
    Ok(())
}
