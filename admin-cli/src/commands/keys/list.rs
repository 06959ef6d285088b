use clap::Args;
use twclone_settings::Settings;

use super::view::KeysView;
use crate::failure::Failure;
use crate::opened;
use crate::output::Output;

/// List the keys that sign and verify access tokens
///
/// A retired key signs no more tokens. It verifies the tokens that it has signed until they have expired.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin keys list")]
pub(crate) struct List {}

impl List {
    /// Lists the keys.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        opened::existing(settings, async |installation| {
            output.answer(&KeysView::from(installation.accounts.verifying_keys().await?))
        })
        .await
    }
}
