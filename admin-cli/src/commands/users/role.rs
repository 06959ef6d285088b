use clap::Args;
use twclone_domain::Error;
use twclone_domain::accounts::Role as AccountRole;
use twclone_settings::Settings;

use super::reference;
use super::view::{Done, WholeUserView};
use crate::failure::Failure;
use crate::opened;
use crate::outcome::Outcome;
use crate::output::Output;

/// Set a user's role
///
/// Admins may change products and list the running instances. All others have the role user.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin users role mj admin")]
pub(crate) struct Role {
    /// User name or id
    user: String,
    /// user or admin
    role: String,
}

impl Role {
    /// Sets the role.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let user = reference("user", &self.user)?;
        let role = self.role.parse::<AccountRole>().map_err(|fault| Error::invalid("role", fault))?;
        opened::existing(settings, async |installation| {
            let changed = installation.accounts.set_role(&installation.administrator(), &user, role).await?;
            let user = WholeUserView::read(installation, &user).await?;
            let text =
                format!("{} has the role {}{}", user.name(), role.as_str(), if changed { " now" } else { " already" });
            output.answer(&Done::new(Outcome::changed(changed), user, text))
        })
        .await
    }
}
