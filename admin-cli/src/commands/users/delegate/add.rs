use clap::Args;
use twclone_settings::Settings;

use crate::commands::users::reference;
use crate::commands::users::view::{Done, WholeUserView};
use crate::failure::Failure;
use crate::opened;
use crate::outcome::Outcome;
use crate::output::Output;

/// Let somebody act for a user
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin users delegate add jordan mj")]
pub(crate) struct Add {
    /// Whose account it is: user name or id
    user: String,
    /// Who may act for that user: user name or id
    delegate: String,
}

impl Add {
    /// Gives the right.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let (user, delegate) = (reference("user", &self.user)?, reference("delegate", &self.delegate)?);
        opened::existing(settings, async |installation| {
            let administrator = installation.administrator();
            let changed = installation.accounts.add_delegate(&administrator, &user, &delegate).await?;
            let user = WholeUserView::read(installation, &user).await?;
            let name = user.name();
            let text = if changed {
                format!("{delegate} may act for {name} now")
            } else {
                format!("{delegate} could act for {name} before")
            };
            output.answer(&Done::new(Outcome::changed(changed), user, text))
        })
        .await
    }
}
