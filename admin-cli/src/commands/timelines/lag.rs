use std::fmt;
use std::time::Duration;

use clap::Args;
use indicatif::HumanDuration;
use serde::Serialize;
use twclone_domain::repositories::FailedJob;
use twclone_domain::{Clock, Id, Timestamp};
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::opened;
use crate::output::Output;

/// Show how many timeline jobs wait, and since when
///
/// Background jobs of a running server bring posts to home timelines. This counts the jobs that wait or run, and shows
/// the age of the oldest one. Waiting jobs are not a failure.
#[derive(Args)]
#[command(after_help = "Examples:\n  twclone-admin timelines lag --json\n  twclone-admin timelines lag --failed")]
pub(crate) struct Lag {
    /// List failed jobs instead: those that are retried, those that are parked after too many attempts, and those
    /// that cannot be read
    #[arg(long)]
    failed: bool,
}

/// The output with `--failed`.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Failed {
    failed: Vec<FailedView>,
    /// One line for each job that cannot be read.
    unreadable: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct FailedView {
    id: Id,
    kind: &'static str,
    attempts: u32,
    /// The time of the next attempt; none if the job is parked.
    not_before: Option<Timestamp>,
    why: String,
}

/// The output without `--failed`.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Answer {
    waiting: u64,
    /// When the oldest waiting job was created; none if no job waits.
    oldest: Option<Timestamp>,
    age_ms: Option<u64>,
}

impl Lag {
    /// Writes the lag, or the failed jobs.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        if self.failed {
            let found = opened::existing(settings, async |installation| {
                Ok(installation.timelines.failed(&installation.administrator()).await?)
            })
            .await?;
            let view = |job: FailedJob| {
                let FailedJob { id, kind, attempts, not_before, why } = job;
                FailedView { id, kind, attempts, not_before, why }
            };
            let failed = found.jobs.into_iter().map(view).collect();
            return output.answer(&Failed { failed, unreadable: found.unreadable });
        }
        let lag = opened::existing(settings, async |installation| {
            Ok(installation.timelines.lag(&installation.administrator()).await?)
        })
        .await?;
        let now = Clock::system().now().millis();
        let age_ms = lag.oldest.map(|oldest| u64::try_from(now - oldest.millis()).unwrap_or_default());
        output.answer(&Answer { waiting: lag.waiting, oldest: lag.oldest, age_ms })
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        for FailedView { id, kind, attempts, not_before, why } in &self.failed {
            let next = not_before.map_or_else(|| "parked".to_owned(), |moment| format!("retried at {moment}"));
            lines.push(format!("{id} ({kind}): failed {attempts} times, {next}: {why}"));
        }
        lines.extend(self.unreadable.iter().map(|line| format!("cannot be read: {line}")));
        if lines.is_empty() {
            lines.push("no job has failed".to_owned());
        }
        formatter.write_str(&lines.join("\n"))
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
