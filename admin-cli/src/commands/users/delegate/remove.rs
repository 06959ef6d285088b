use clap::Args;
use twclone_settings::Settings;

use crate::commands::users::reference;
use crate::commands::users::view::{Done, WholeUserView};
use crate::failure::Failure;
use crate::opened;
use crate::outcome::Outcome;
use crate::output::Output;

/// Revoke a delegate's right to act for a user
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin users delegate remove jordan mj")]
pub(crate) struct Remove {
    /// The owner of the account: user name or id
    user: String,
    /// Who may no longer act for the owner: user name or id
    delegate: String,
}

impl Remove {
    /// Removes the delegate.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let (user, delegate) = (reference("user", &self.user)?, reference("delegate", &self.delegate)?);
        opened::existing(settings, async |installation| {
            let administrator = installation.administrator();
            let changed = installation.accounts.remove_delegate(&administrator, &user, &delegate).await?;
            let user = WholeUserView::read(installation, &user).await?;
            let name = user.name();
            let text = if changed {
                format!("{delegate} may no longer act for {name}")
            } else {
                format!("{delegate} was not a delegate of {name}")
            };
            output.answer(&Done::new(Outcome::changed(changed), user, text))
        })
        .await
    }
}
