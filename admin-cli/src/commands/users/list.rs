use clap::Args;
use twclone_domain::{Limit, PageRequest};
use twclone_settings::Settings;

use super::view::{UserView, heading};
use crate::failure::Failure;
use crate::opened;
use crate::output::Output;

/// List the users in every state, newest first
///
/// All of them, unless there is a limit; then the answer ends with the cursor of the rest.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin users list --limit 50")]
pub(crate) struct List {
    /// At most so many, from 1 to 100
    #[arg(long, value_name = "NUMBER")]
    limit: Option<Limit>,
    /// Go on where a list with a limit ended
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
}

impl List {
    /// Writes the list, page after page.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        opened::existing(settings, async |installation| {
            let administrator = installation.administrator();
            let mut request = PageRequest { limit: self.limit.unwrap_or_default(), cursor: self.cursor.clone() };
            let mut writing = Writing { output, any: false };
            loop {
                // Before the first page nothing is written: a bad cursor leaves no half of a document.
                let page = installation.accounts.list_all(&administrator, &request).await?;
                for account in page.items {
                    writing.user(&account.into())?;
                }
                request.cursor = page.next;
                if self.limit.is_some() || request.cursor.is_none() || writing.output.is_closed() {
                    return writing.end(request.cursor.as_deref());
                }
            }
        })
        .await
    }
}

/// A list on its way out; never held as a whole.
struct Writing<'a> {
    output: &'a mut Output,
    any: bool,
}

impl Writing<'_> {
    fn user(&mut self, user: &UserView) -> Result<(), Failure> {
        self.begin()?;
        if self.output.is_json() {
            let text = serde_json::to_string(user);
            let text = text.map_err(|error| Failure::failed(format!("cannot write a user as JSON: {error}")))?;
            let before = if self.any { ",\n" } else { "\n" };
            self.output.piece(&format!("{before}    {text}"))?;
        }
        self.output.people(user)?;
        self.any = true;
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Failure> {
        if self.any {
            return Ok(());
        }
        self.output.people(&heading())?;
        self.output.piece("{\n  \"users\": [")
    }

    fn end(&mut self, next: Option<&str>) -> Result<(), Failure> {
        self.begin()?;
        if let Some(next) = next {
            self.output.people(&format!("\nThere are more: --cursor {next}"))?;
        }
        // A cursor has no letters that JSON would write otherwise.
        let next = next.map_or("null".to_owned(), |next| format!("\"{next}\""));
        self.output.piece(&format!("\n  ],\n  \"next\": {next}\n}}\n"))
    }
}
