use clap::Args;
use twclone_domain::{Limit, PageRequest};
use twclone_settings::Settings;

use super::view::{UserView, heading};
use crate::commands::pages::Writing;
use crate::failure::Failure;
use crate::opened;
use crate::output::Output;

/// List the users in every state, newest first
///
/// Lists all of them. With --limit, lists one page, and ends with the cursor of the next one.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin users list --limit 50")]
pub(crate) struct List {
    /// Maximum number of users, 1 to 100
    #[arg(long, value_name = "NUMBER")]
    limit: Option<Limit>,
    /// Continue after the page that printed this cursor
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
}

impl List {
    /// Writes the list page by page.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        opened::existing(settings, async |installation| {
            let administrator = installation.administrator();
            let mut request = PageRequest { limit: self.limit.unwrap_or_default(), cursor: self.cursor.clone() };
            let mut writing = Writing::new(output, "users", heading());
            loop {
                // Nothing is written before the first page has been read, so that a bad cursor leaves no incomplete
                // document.
                let page = installation.accounts.list_all(&administrator, &request).await?;
                for account in page.items {
                    writing.add(&UserView::from(account))?;
                }
                request.cursor = page.next;
                if self.limit.is_some() || request.cursor.is_none() || writing.is_closed() {
                    return writing.end(request.cursor.as_deref());
                }
            }
        })
        .await
    }
}
