//! Opening an installation for as long as a command works with it.

use twclone_domain::{Clock, Installation, Randomness};
use twclone_settings::Settings;

use crate::failure::Failure;

/// Works with an installation, of which everything that is missing is made first.
pub(crate) async fn made<T>(
    settings: &Settings,
    work: impl AsyncFnOnce(&Installation) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let configuration = settings.configuration(true);
    let installation = Installation::open(configuration, Clock::system(), Randomness::system()).await?;
    close_after(installation, work).await
}

/// Works with an installation that is there: a mistyped folder does not become a new one, nor does a store that was lost.
pub(crate) async fn existing<T>(
    settings: &Settings,
    work: impl AsyncFnOnce(&Installation) -> Result<T, Failure>,
) -> Result<T, Failure> {
    require(settings)?;
    let configuration = settings.configuration(false);
    let installation = Installation::open_existing(configuration, Clock::system(), Randomness::system()).await?;
    close_after(installation, work).await
}

/// Refuses a folder without an installation.
pub(crate) fn require(settings: &Settings) -> Result<(), Failure> {
    if is_there(settings) {
        return Ok(());
    }
    let folder = settings.configuration(false).data_folder;
    let text = format!("there is no installation in {}; make it with `twclone-admin init`", folder.display());
    Err(Failure::unavailable(text))
}

/// Whether the folder holds an installation; where that cannot be told, opening it says why.
pub(crate) fn is_there(settings: &Settings) -> bool {
    let identity = settings.configuration(false).data_folder.join("identity.db");
    !matches!(identity.try_exists(), Ok(false))
}

async fn close_after<T>(
    installation: Installation,
    work: impl AsyncFnOnce(&Installation) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let done = work(&installation).await;
    // A worker number that cannot be given back is free again in a minute; what was done is done.
    let _ = installation.close().await;
    done
}
