use clap::Args;
use twclone_settings::Settings;

use super::reference;
use super::view::WholeUserView;
use crate::failure::Failure;
use crate::opened;
use crate::output::Output;

/// Show a user and their delegates
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin users show jordan")]
pub(crate) struct Show {
    /// User name or id
    user: String,
}

impl Show {
    /// Shows the user.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let user = reference("user", &self.user)?;
        opened::existing(settings, async |installation| output.answer(&WholeUserView::read(installation, &user).await?))
            .await
    }
}
