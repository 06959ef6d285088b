use std::fmt::{self, Write as _};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use twclone_domain::Username;
use twclone_settings::Settings;

use super::{address, reference};
use crate::failure::Failure;
use crate::opened;
use crate::output::Output;

/// The header line, as Mastodon writes it.
const HEADER: &str = "Account address,Show boosts,Notify on new posts,Languages";

/// Export the accounts that a user follows, as CSV
///
/// In the order of the follows, and in the format that Mastodon and other services export and import.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin graph export mj --domain example.com --output follows.csv")]
pub(crate) struct Export {
    /// User name or id
    user: String,
    /// Write addresses as name@DOMAIN, so that other services find the accounts
    #[arg(long, value_name = "DOMAIN", value_parser = address::domain)]
    domain: Option<String>,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Serialize)]
struct Answer {
    user: Username,
    file: Option<PathBuf>,
    follows: Vec<String>,
}

impl Export {
    /// Writes the follows to standard output or to the file.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let user = reference("user", &self.user)?;
        let (user, names) = opened::existing(settings, async |installation| {
            let administrator = installation.administrator();
            let names = installation.graph.export(&administrator, &user).await?;
            let (account, _) = installation.accounts.show(&administrator, &user).await?;
            Ok((account.profile.name, names))
        })
        .await?;
        let follows = names.iter().map(|name| address::write(name, self.domain.as_deref())).collect();
        let answer = Answer { user, file: self.output.clone(), follows };
        if let Some(file) = &self.output {
            let written = std::fs::write(file, format!("{}\n", answer.csv()));
            written.map_err(|error| Failure::failed(format!("cannot write {}: {error}", file.display())))?;
        }
        output.answer(&answer)
    }
}

impl Answer {
    /// Returns the CSV text. Names and domains contain no characters that need quoting.
    fn csv(&self) -> String {
        let mut csv = HEADER.to_owned();
        for address in &self.follows {
            // Writing to a string cannot fail.
            let _ = write!(csv, "\n{address},true,false,");
        }
        csv
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            None => formatter.write_str(&self.csv()),
            Some(file) => {
                write!(formatter, "follows of {}: {}, written to {}", self.user, self.follows.len(), file.display())
            }
        }
    }
}
