use clap::Args;
use twclone_settings::Settings;

use super::view::KeysView;
use crate::failure::Failure;
use crate::opened;
use crate::output::Output;

/// Sign access tokens with a new key
///
/// Each process signs with it from its next login on. Existing tokens stay valid until they expire, after 10 minutes
/// at most. Sessions continue. The old private key is removed.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin keys rotate")]
pub(crate) struct Rotate {}

impl Rotate {
    /// Creates a new signing key, and lists the keys.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        opened::existing(settings, async |installation| {
            output.answer(&KeysView::from(installation.accounts.rotate_keys(&installation.administrator()).await?))
        })
        .await
    }
}
