use std::fmt;

use clap::Args;
use serde::Serialize;
use twclone_domain::accounts::{AccountState, Administrator};
use twclone_domain::timelines::Rebuilt;
use twclone_domain::{AccountReference, Error, Installation, PageRequest};
use twclone_settings::Settings;

use super::reference;
use crate::failure::Failure;
use crate::opened;
use crate::output::Output;
use crate::progress::ProgressView;

/// Rebuild home timelines
///
/// Rebuilds them from the posts of the accounts that the user follows: one user's timeline, or those of all active
/// users. Adds missing posts and removes others. A server may run meanwhile, and its readers miss nothing.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin timelines rebuild mj")]
pub(crate) struct Rebuild {
    /// User name or id [default: all active users]
    user: Option<String>,
}

#[derive(Default, Serialize)]
struct Answer {
    timelines: u64,
    /// How many followed authors were processed.
    authors: u64,
    /// How many entries of pushed posts the timelines hold.
    entries: u64,
    removed: u64,
}

impl Rebuild {
    /// Rebuilds the timelines.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let user = self.user.as_ref().map(|user| reference("user", user)).transpose()?;
        let answer = opened::existing(settings, async |installation| {
            let administrator = installation.administrator();
            match &user {
                Some(user) => {
                    let mut answer = Answer::default();
                    answer.add(installation.timelines.rebuild(&administrator, user).await?);
                    Ok(answer)
                }
                None => all(installation, &administrator).await,
            }
        })
        .await?;
        output.answer(&answer)
    }
}

async fn all(installation: &Installation, administrator: &Administrator) -> Result<Answer, Failure> {
    let view = ProgressView::new();
    let (mut answer, mut request) = (Answer::default(), PageRequest::default());
    let counts = installation.accounts.count(administrator).await?;
    let active = counts.into_iter().find(|(state, _)| state == AccountState::Active.as_str());
    let active = active.map_or(0, |(_, count)| count);
    loop {
        let page = installation.accounts.list_all(administrator, &request).await?;
        for account in page.items.into_iter().filter(|account| account.state == AccountState::Active) {
            match installation.timelines.rebuild(administrator, &AccountReference::Id(account.id)).await {
                Ok(rebuilt) => answer.add(rebuilt),
                // The account was disabled or deleted after the page was read.
                Err(Error::NotFound(_)) => {}
                Err(error) => return Err(error.into()),
            }
            view.show_done("Rebuilding timelines", answer.timelines, active);
        }
        request.cursor = page.next;
        if request.cursor.is_none() {
            return Ok(answer);
        }
    }
}

impl Answer {
    fn add(&mut self, rebuilt: Rebuilt) {
        self.timelines += 1;
        self.authors += rebuilt.authors;
        self.entries += rebuilt.entries;
        self.removed += rebuilt.removed;
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { timelines, authors, entries, removed } = self;
        let plural = |count: u64, one: &'static str, more: &'static str| if count == 1 { one } else { more };
        write!(formatter, "{timelines} home {} rebuilt: ", plural(*timelines, "timeline", "timelines"))?;
        write!(formatter, "{entries} {} of ", plural(*entries, "entry", "entries"))?;
        write!(formatter, "{authors} followed {}; {removed} removed", plural(*authors, "author", "authors"))
    }
}
