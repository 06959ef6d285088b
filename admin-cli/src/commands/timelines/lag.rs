use std::fmt;
use std::time::Duration;

use clap::Args;
use indicatif::HumanDuration;
use serde::Serialize;
use twclone_domain::{Clock, Timestamp};
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::opened;
use crate::output::Output;

/// Show how far the timelines are behind
///
/// What was posted reaches home timelines by jobs, which a running server does. This counts those that wait or are just
/// being done, and tells since when the oldest of them waits. It is no failure that there are any.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin timelines lag --json")]
pub(crate) struct Lag {}

/// The answer.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Answer {
    waiting: u64,
    /// Since when the oldest waits; nothing where none does.
    oldest: Option<Timestamp>,
    age_ms: Option<u64>,
}

impl Lag {
    /// Counts.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let lag = opened::existing(settings, async |installation| {
            Ok(installation.timelines.lag(&installation.administrator()).await?)
        })
        .await?;
        let now = Clock::system().now().millis();
        let age_ms = lag.oldest.map(|oldest| u64::try_from(now - oldest.millis()).unwrap_or_default());
        output.answer(&Answer { waiting: lag.waiting, oldest: lag.oldest, age_ms })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = match self.waiting {
            0 => "no job waits".to_owned(),
            1 => "1 job waits".to_owned(),
            more => format!("{more} jobs wait"),
        };
        formatter.write_str(&waiting)?;
        match (self.oldest, self.age_ms) {
            (Some(oldest), Some(age)) => {
                write!(formatter, ", the oldest for {}, since {oldest}", HumanDuration(Duration::from_millis(age)))
            }
            _ => Ok(()),
        }
    }
}
