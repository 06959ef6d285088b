use std::fmt;
use std::io::{BufRead as _, IsTerminal as _, Write as _};

use clap::Args;
use serde::Serialize;
use twclone_domain::deletion::Deletion;
use twclone_domain::{Installation, Username};
use twclone_settings::Settings;

use super::reference;
use super::view::WholeUserView;
use crate::failure::Failure;
use crate::opened;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::progress::ProgressView;

/// Delete a user, and remove what the user wrote
///
/// Sessions end at once, and the name stays taken. Others keep their conversations with the user, with "deleted
/// account" instead of the name. This cannot be undone: on a terminal you have to type the name, elsewhere you have to
/// add --yes. If the removal is interrupted, a running server continues it, or you run this again.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin users delete mj --yes")]
pub(crate) struct Delete {
    /// User name or id
    user: String,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
    /// Do not wait: a running server removes what the user wrote
    #[arg(long)]
    no_wait: bool,
}

/// The result of a deletion.
#[derive(Debug, Serialize)]
struct Deleted {
    outcome: Outcome,
    /// How many messages were removed from the user's lists.
    removed: u64,
    user: WholeUserView,
    #[serde(skip)]
    waited: bool,
}

impl Delete {
    /// Deletes the user.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let user = reference("user", &self.user)?;
        opened::existing(settings, async |installation| {
            let before = WholeUserView::read(installation, &user).await?;
            if before.deletion().is_none() && !self.yes {
                confirm(before.name())?;
            }
            let administrator = installation.administrator();
            let mut changed = installation.accounts.delete_account(&administrator, &user).await?;
            if !self.no_wait {
                changed |= finish(installation, &before).await?;
            }
            let user = WholeUserView::read(installation, &user).await?;
            let removed = user.deletion().map_or(0, |deletion| deletion.removed);
            output.answer(&Deleted { outcome: Outcome::changed(changed), removed, user, waited: !self.no_wait })
        })
        .await
    }
}

/// Removes what the user wrote. Returns whether there was anything left to do.
async fn finish(installation: &Installation, user: &WholeUserView) -> Result<bool, Failure> {
    if user.deletion().is_some_and(|deletion| deletion.finished_at.is_some()) {
        return Ok(false);
    }
    let view = ProgressView::new();
    let listener = |deletion: Deletion| view.show_removed(deletion.removed);
    installation.deletions.finish(&installation.administrator(), user.id(), &listener).await?;
    Ok(true)
}

fn confirm(name: &Username) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!("{name} was not deleted: this cannot be undone; confirm it with --yes")));
    }
    let unreadable = |error: std::io::Error| Failure::failed(format!("cannot ask for confirmation: {error}"));
    // The prompt goes to standard error: standard output is for the result alone.
    let mut prompt = std::io::stderr().lock();
    write!(prompt, "This cannot be undone. Type the name of the user to delete, {name}: ").map_err(unreadable)?;
    prompt.flush().map_err(unreadable)?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(unreadable)?;
    if line.trim().eq_ignore_ascii_case(name.as_str()) {
        Ok(())
    } else {
        Err(Failure::usage(format!("{name} was not deleted: you typed another name")))
    }
}

impl fmt::Display for Deleted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, removed) = (self.user.name(), self.removed);
        match self.outcome {
            Outcome::Unchanged => write!(formatter, "{name} was already deleted; messages removed: {removed}"),
            _ if self.waited => write!(formatter, "{name} is deleted; messages removed: {removed}"),
            _ => write!(formatter, "{name} is deleted; a running server removes what the user wrote"),
        }
    }
}
