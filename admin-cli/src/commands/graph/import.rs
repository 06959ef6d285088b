use std::fmt;
use std::path::PathBuf;

use clap::Args;
use csv::{ByteRecord, Reader, ReaderBuilder, Trim};
use serde::Serialize;
use twclone_domain::accounts::Administrator;
use twclone_domain::graph::Imported;
use twclone_domain::{AccountReference, Error, Installation, Username};
use twclone_settings::Settings;

use super::{address, reference};
use crate::failure::Failure;
use crate::opened;
use crate::output::Output;
use crate::progress::ProgressView;
use crate::quotes;

/// How much of an address is told.
const SHOWN: usize = 100;
/// What the column of addresses is called in a first line that is a header.
const ADDRESS: &str = "Account address";

/// Let somebody follow those in a CSV file
///
/// Reads what Mastodon and others export (a header with the column \"Account address\"), or a list without a header whose
/// first column has the addresses. Rows that cannot be are told with their lines, and the others imported. Whom he
/// follows already stays as it is, so it can be run again.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin graph import mj follows.csv --domain example.com")]
pub(crate) struct Import {
    /// User name or id
    user: String,
    /// The CSV file
    file: PathBuf,
    /// Accept name@DOMAIN as names of this service
    #[arg(long, value_name = "DOMAIN", value_parser = address::domain)]
    domain: Option<String>,
}

/// The answer.
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
    /// Reads the file row after row.
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
                1 => Err(Failure::refused("1 row was refused; all others are there")),
                more => Err(Failure::refused(format!("{more} rows were refused; all others are there"))),
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
        let text = std::fs::read(&self.file);
        let unreadable = |error| Error::invalid("file", format!("cannot read {}: {error}", self.file.display()));
        let text = text.map_err(unreadable)?;
        quotes::closed(&text).map_err(|error| Failure::from(error).of_file(&self.file))?;
        let mut rows = Rows::new(&text);
        while let Some((line, address)) = rows.next()? {
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

/// The rows of a file; the header is none.
struct Rows<'a> {
    text: &'a [u8],
    reader: Reader<&'a [u8]>,
    record: ByteRecord,
    /// So many bytes have been looked at for the ends of lines, of which there were so many.
    seen: (usize, u64),
    /// Which column has the addresses.
    column: usize,
    is_first: bool,
}

impl<'a> Rows<'a> {
    fn new(text: &'a [u8]) -> Self {
        // Rows may be of any length: what is behind the address does not matter.
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(text);
        Self { text, reader, record: ByteRecord::new(), seen: (0, 1), column: 0, is_first: true }
    }

    /// The next line, and the address there.
    fn next(&mut self) -> Result<Option<(u64, String)>, Failure> {
        while self.reader.read_byte_record(&mut self.record).map_err(|error| Failure::failed(error.to_string()))? {
            let is_first = std::mem::take(&mut self.is_first);
            let header = self.record.iter().position(|field| field.eq_ignore_ascii_case(ADDRESS.as_bytes()));
            if let (true, Some(column)) = (is_first, header) {
                self.column = column;
                continue;
            }
            let address = String::from_utf8_lossy(self.record.get(self.column).unwrap_or_default()).into_owned();
            return Ok(Some((self.line(), address)));
        }
        Ok(None)
    }

    /// The line on which the record begins. To the library, empty lines and the ends of lines before it belong to it.
    fn line(&mut self) -> u64 {
        let begin = self.record.position().and_then(|position| usize::try_from(position.byte()).ok());
        let begin = begin.unwrap_or_default().min(self.text.len());
        let blank = self.text[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (seen, lines) = self.seen;
        let ends = self.text[seen..begin + blank].split(|byte| *byte == b'\n').count() - 1;
        self.seen = (begin + blank, lines + ends as u64);
        self.seen.1
    }
}

impl Answer {
    fn count(&mut self, line: u64, address: &str, imported: Imported) {
        match imported {
            Imported::New => self.new += 1,
            Imported::Already => self.already += 1,
            Imported::Refused(reason) => {
                self.refused += 1;
                // A field may be of any length.
                let address = address.chars().take(SHOWN).collect();
                self.refusals.push(Refusal { line, address, reason });
            }
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, file, new, already, refused, refusals } = self;
        write!(formatter, "{}: {user} follows {new} more now, and followed {already} already; ", file.display())?;
        write!(formatter, "{refused} {} refused", if *refused == 1 { "row was" } else { "rows were" })?;
        for Refusal { line, address, reason } in refusals {
            write!(formatter, "\n  line {line}: {address}: {reason}")?;
        }
        Ok(())
    }
}
