use clap::Args;
use twclone_settings::Settings;

use super::reference;
use super::view::{Done, WholeUserView};
use crate::failure::Failure;
use crate::opened;
use crate::outcome::Outcome;
use crate::output::Output;

/// Disable a user's account until you enable it again
///
/// Sessions end at once. The name stays taken, and nothing that the user wrote is removed.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin users disable mj")]
pub(crate) struct Disable {
    /// User name or id
    user: String,
}

impl Disable {
    /// Disables the account.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let user = reference("user", &self.user)?;
        opened::existing(settings, async |installation| {
            let changed = installation.accounts.set_enabled(&installation.administrator(), &user, false).await?;
            let user = WholeUserView::read(installation, &user).await?;
            let words = if changed { "is disabled" } else { "was already disabled" };
            let text = format!("{} {words}", user.name());
            output.answer(&Done::new(Outcome::changed(changed), user, text))
        })
        .await
    }
}
