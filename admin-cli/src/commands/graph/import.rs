use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use twclone_domain::accounts::Administrator;
use twclone_domain::graph::Imported;
use twclone_domain::{AccountReference, Error, Installation, Username};
use twclone_settings::Settings;

use super::{address, reference};
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::ProgressView;
use crate::rows::Rows;
use crate::{opened, source};

/// How many characters of a refused address are shown.
const SHOWN: usize = 100;
/// The header of the address column; case is ignored.
const ADDRESS: &str = "Account address";

/// Import the accounts that a user follows, from CSV
///
/// Reads exports of Mastodon and other services (a header with the column "Account address"), or a list without a
/// header that has the addresses in its first column. Reports each row that it refuses with its line, and imports the
/// others. Existing follows stay as they are, so you can run it again.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin graph import mj follows.csv --domain example.com")]
pub(crate) struct Import {
    /// User name or id
    user: String,
    /// The CSV file; - for standard input
    file: PathBuf,
    /// Accept addresses name@DOMAIN as accounts of this service
    #[arg(long, value_name = "DOMAIN", value_parser = address::domain)]
    domain: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    user: Username,
    file: PathBuf,
    new: u64,
    already: u64,
    refused: u64,
    refusals: Vec<Refusal>,
}

/// A row that was refused.
#[derive(Serialize)]
struct Refusal {
    line: u64,
    address: String,
    reason: String,
}

impl Import {
    /// Imports the follows, row by row.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let user = reference("user", &self.user)?;
        opened::existing(settings, async |installation| {
            let administrator = installation.administrator();
            let (account, _) = installation.accounts.show(&administrator, &user).await?;
            let mut answer = Answer {
                user: account.profile.name,
                file: self.file.clone(),
                new: 0,
                already: 0,
                refused: 0,
                refusals: Vec::new(),
            };
            self.import(installation, &administrator, &mut answer).await?;
            output.answer(&answer)?;
            match answer.refused {
                0 => Ok(()),
                1 => Err(Failure::refused("1 row was refused; all others are imported")),
                more => Err(Failure::refused(format!("{more} rows were refused; all others are imported"))),
            }
        })
        .await
    }

    async fn import(
        &self,
        installation: &Installation,
        administrator: &Administrator,
        answer: &mut Answer,
    ) -> Result<(), Failure> {
        let view = ProgressView::new();
        let follower = AccountReference::Name(answer.user.clone());
        let text = source::read(&self.file)?;
        let mut addresses = Addresses::new(&text).map_err(|error| Failure::from(error).of_file(&self.file))?;
        while let Some((line, address)) = addresses.next()? {
            let imported = match address::read(&address, self.domain.as_deref()) {
                Ok(name) => installation.graph.import(administrator, &follower, &AccountReference::Name(name)).await?,
                Err(reason) => Imported::Refused(reason),
            };
            answer.count(line, &address, imported);
            view.show_counted("Importing follows", answer.new + answer.already + answer.refused);
        }
        Ok(())
    }
}

/// Iterates over the addresses and their line numbers. Skips the header.
struct Addresses<'a> {
    rows: Rows<'a>,
    /// The index of the address column.
    column: usize,
    is_first: bool,
}

impl<'a> Addresses<'a> {
    fn new(text: &'a [u8]) -> Result<Self, Error> {
        Ok(Self { rows: Rows::new(text)?, column: 0, is_first: true })
    }

    /// Returns the next address and its line. Ignores the other columns.
    fn next(&mut self) -> Result<Option<(u64, String)>, Error> {
        while let Some((line, row)) = self.rows.next()? {
            let is_first = std::mem::take(&mut self.is_first);
            let header = row.iter().position(|field| field.eq_ignore_ascii_case(ADDRESS.as_bytes()));
            if let (true, Some(column)) = (is_first, header) {
                self.column = column;
                continue;
            }
            let address = String::from_utf8_lossy(row.get(self.column).unwrap_or_default()).into_owned();
            return Ok(Some((line, address)));
        }
        Ok(None)
    }
}

impl Answer {
    fn count(&mut self, line: u64, address: &str, imported: Imported) {
        match imported {
            Imported::New => self.new += 1,
            Imported::Already => self.already += 1,
            Imported::Refused(reason) => {
                self.refused += 1;
                // A field may have any length.
                let address = address.chars().take(SHOWN).collect();
                self.refusals.push(Refusal { line, address, reason });
            }
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, file, new, already, refused, refusals } = self;
        let file = source::shown(file);
        write!(formatter, "{file}: follows of {user}: {new} new, {already} existed before, {refused} refused")?;
        for Refusal { line, address, reason } in refusals {
            write!(formatter, "\n  line {line}: {address}: {reason}")?;
        }
        Ok(())
    }
}
