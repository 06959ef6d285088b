//! Opens an installation for the duration of a command.

use twclone_domain::{Clock, Installation, Randomness};
use twclone_settings::Settings;

use crate::failure::Failure;

/// Runs `work` on an installation, after creating everything that is missing.
pub(crate) async fn made<T>(
    settings: &Settings,
    work: impl AsyncFnOnce(&Installation) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let configuration = settings.configuration(true);
    let installation = Installation::open(configuration, Clock::system(), Randomness::system()).await?;
    close_after(installation, work).await
}

/// Runs `work` on an existing installation. Neither a mistyped folder nor a lost store is created anew.
pub(crate) async fn existing<T>(
    settings: &Settings,
    work: impl AsyncFnOnce(&Installation) -> Result<T, Failure>,
) -> Result<T, Failure> {
    require(settings)?;
    let configuration = settings.configuration(false);
    let installation = Installation::open_existing(configuration, Clock::system(), Randomness::system()).await?;
    close_after(installation, work).await
}

/// Fails if the data folder has no installation.
pub(crate) fn require(settings: &Settings) -> Result<(), Failure> {
    if is_there(settings) {
        return Ok(());
    }
    let folder = settings.configuration(false).data_folder;
    let text = format!(
        "there is no installation in {}; create one with `twclone-admin init`, or name another folder with --data-dir",
        folder.display()
    );
    Err(Failure::unavailable(text))
}

/// Returns whether the data folder has an installation. If this cannot be determined, opening it reports the reason.
pub(crate) fn is_there(settings: &Settings) -> bool {
    let identity = settings.configuration(false).data_folder.join("identity.db");
    !matches!(identity.try_exists(), Ok(false))
}

async fn close_after<T>(
    installation: Installation,
    work: impl AsyncFnOnce(&Installation) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let done = work(&installation).await;
    // A worker number that was not released expires within a minute. The command's work is done either way.
    let _ = installation.close().await;
    done
}
