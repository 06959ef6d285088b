use clap::Args;
use twclone_domain::accounts::Password;
use twclone_settings::Settings;

use super::reference;
use super::view::{Done, WholeUserView};
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::{opened, password};

/// Set a user's password
///
/// Asks for the password on a terminal; otherwise reads the first line of standard input. The password must have from
/// 1 to 71 bytes. The other rules for sign-ups do not apply.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin users passwd mj < new-password.txt")]
pub(crate) struct Passwd {
    /// User name or id
    user: String,
}

impl Passwd {
    /// Sets the password.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let user = reference("user", &self.user)?;
        opened::existing(settings, async |installation| {
            // Checked before the prompt, so that no password is typed for nothing.
            WholeUserView::read(installation, &user).await?;
            let password = Password::new(password::read()?);
            installation.accounts.set_password(&installation.administrator(), &user, password).await?;
            let user = WholeUserView::read(installation, &user).await?;
            let text =
                format!("{} has a new password; earlier sessions and app passwords are no longer valid", user.name());
            output.answer(&Done::new(Outcome::Changed, user, text))
        })
        .await
    }
}
