use clap::Args;
use twclone_settings::Settings;

use super::reference;
use super::view::{Done, WholeUserView};
use crate::failure::Failure;
use crate::opened;
use crate::outcome::Outcome;
use crate::output::Output;

/// Enable a disabled account again
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin users enable mj")]
pub(crate) struct Enable {
    /// User name or id
    user: String,
}

impl Enable {
    /// Enables the account.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let user = reference("user", &self.user)?;
        opened::existing(settings, async |installation| {
            let changed = installation.accounts.set_enabled(&installation.administrator(), &user, true).await?;
            let user = WholeUserView::read(installation, &user).await?;
            let words = if changed { "is enabled" } else { "was already enabled" };
            let text = format!("{} {words}", user.name());
            output.answer(&Done::new(Outcome::changed(changed), user, text))
        })
        .await
    }
}
