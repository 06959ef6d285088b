use std::path::Path;

use super::Check;
use crate::Error;
use crate::accounts::lost_signing_key;
use crate::installation::blocking;
use crate::repositories::files;
use crate::repositories::identity::IdentityStore;

/// Checks who can open the files. A repair restricts them to their owner.
pub(super) async fn examine(folder: &Path, repair: bool, check: &mut Check) -> Result<(), Error> {
    let folder = folder.to_owned();
    let looked = blocking(move || {
        let insecure = files::insecure(&folder).map_err(|error| files::unreadable(&folder, &error))?;
        let tighten = |insecure: &files::InsecurePermissions| if repair { insecure.tighten() } else { Ok(()) };
        Ok(insecure
            .into_iter()
            .map(|insecure| (insecure.to_string(), insecure.closed(), tighten(&insecure)))
            .collect::<Vec<_>>())
    });
    for (fault, closed, tightened) in looked.await? {
        match tightened {
            Ok(()) if repair => check.repaired.push(closed),
            Ok(()) => check.faults.push(fault),
            Err(error) => check.faults.push(format!("{fault}; it cannot be repaired here: {error}")),
        }
    }
    Ok(())
}

/// Checks that the private half of the key that signs access tokens is present.
pub(super) async fn examine_signing_key(folder: &Path, store: &IdentityStore, check: &mut Check) -> Result<(), Error> {
    if let Some(lost) = lost_signing_key(&folder.join("keys"), store).await? {
        check.faults.push(format!(
            "the private signing key {} is missing or damaged; restore it, or create one with `twclone-admin keys \
             rotate` (a server creates one when it starts)",
            lost.display()
        ));
    }
    Ok(())
}
