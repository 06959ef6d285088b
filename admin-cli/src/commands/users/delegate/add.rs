use clap::Args;
use twclone_domain::Fields;
use twclone_domain::accounts::NewGrant;
use twclone_settings::Settings;

use crate::commands::users::reference;
use crate::commands::users::view::{Done, WholeUserView};
use crate::failure::Failure;
use crate::opened;
use crate::outcome::Outcome;
use crate::output::Output;

/// Let a delegate act for a user
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin users delegate add jordan mj")]
pub(crate) struct Add {
    /// The owner of the account: user name or id
    user: String,
    /// Who may act for the owner: user name or id
    delegate: String,
    /// What they may do: read, write or messages [default: all except administering the account]
    #[arg(long, value_name = "SCOPE")]
    scope: Option<String>,
    /// Until when, such as 2027-01-31T12:00:00Z [default: no end]
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

impl Add {
    /// Adds the delegate.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let (user, delegate) = (reference("user", &self.user)?, reference("delegate", &self.delegate)?);
        let mut fields = Fields::default();
        fields.add("scope".to_owned(), self.scope.clone().into());
        fields.add("until".to_owned(), self.until.clone().into());
        let (scope, expires_at) = (fields.optional("scope"), fields.optional("until"));
        fields.end()?;
        let grant = NewGrant { scope: scope?, expires_at: expires_at? };
        opened::existing(settings, async |installation| {
            let administrator = installation.administrator();
            let changed = installation.accounts.add_delegate(&administrator, &user, &delegate, grant).await?;
            let user = WholeUserView::read(installation, &user).await?;
            let name = user.name();
            let text = if changed {
                format!("{delegate} may now act for {name}")
            } else {
                format!("{delegate} may already act for {name}")
            };
            output.answer(&Done::new(Outcome::changed(changed), user, text))
        })
        .await
    }
}
