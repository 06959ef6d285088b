//! Reads seed files, one kind of records in each pass.

use std::io::BufRead as _;

use serde::de::Deserializer as _;
use serde_json::error::Category;
use tokio::sync::mpsc;

use super::shapes::{Record, SeedFile, SeedLine};
use super::source::Source;
use crate::{Error, Fields};

/// The kind of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Account,
    Message,
    Follow,
    Post,
    Like,
    Product,
}

impl Kind {
    /// The kind that is read first.
    pub(super) const FIRST: Self = Self::Account;
    pub(super) const ALL: [Self; 6] =
        [Self::Account, Self::Message, Self::Follow, Self::Post, Self::Like, Self::Product];

    /// Returns the name of the list in a JSON file.
    pub(super) fn list(self) -> &'static str {
        match self {
            Self::Account => "accounts",
            Self::Message => "messages",
            Self::Follow => "follows",
            Self::Post => "posts",
            Self::Like => "likes",
            Self::Product => "products",
        }
    }

    /// Returns the name of the single field of a line in a JSON Lines file.
    pub(super) fn line(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Message => "message",
            Self::Follow => "follow",
            Self::Post => "post",
            Self::Like => "like",
            Self::Product => "product",
        }
    }

    /// Returns the kind with this name; the error lists the allowed names.
    pub(super) fn named(name: &str, names: impl Fn(Self) -> &'static str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| names(*kind) == name).ok_or_else(|| {
            let [first @ .., last] = Self::ALL.map(|kind| format!("\"{}\"", names(kind)));
            format!("is unknown; allowed are {} and {last}", first.join(", "))
        })
    }
}

/// A record of the file, with its position.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) place: String,
    /// The fields; `Invalid` if it is not a record.
    pub(super) fields: Result<Fields, Error>,
}

/// The number of records in a batch: enough to amortize the channel, few enough to hold in memory.
const PIECE: usize = 256;

/// Reads all records of a kind in order, on a blocking thread. Never holds more than a few batches. What is not a
/// record is reported in one pass only: that of the kind it seems to have, or else the first one. An error comes
/// last.
pub(super) fn read(source: &Source, kind: Kind) -> mpsc::Receiver<Result<Vec<Raw>, Error>> {
    let (sender, receiver) = mpsc::channel(2);
    let source = source.clone();
    tokio::task::spawn_blocking(move || {
        let mut pieces = Pieces { kind, piece: Vec::with_capacity(PIECE), sender };
        let read = if source.has_lines { read_lines(&source, &mut pieces) } else { read_lists(&source, &mut pieces) };
        // If the receiver is gone, the result is not needed.
        let _ = pieces.sender.blocking_send(Ok(std::mem::take(&mut pieces.piece)));
        if let Err(error) = read {
            let _ = pieces.sender.blocking_send(Err(error));
        }
    });
    receiver
}

fn read_lists(source: &Source, pieces: &mut Pieces) -> Result<(), Error> {
    let mut json = serde_json::Deserializer::from_reader(source.reader()?);
    let place = |error: &serde_json::Error| format!("line {} column {}", error.line(), error.column());
    match json.deserialize_any(SeedFile(pieces)) {
        Ok(()) => json.end().map_err(|error| match error.classify() {
            Category::Io => source.unreadable(&error.into()),
            _ => Error::invalid(place(&error), FOLLOWED),
        }),
        Err(error) if error.classify() == Category::Io => Err(source.unreadable(&error.into())),
        Err(error) => Err(Error::invalid(place(&error), text(&error))),
    }
}

fn read_lines(source: &Source, pieces: &mut Pieces) -> Result<(), Error> {
    for (number, line) in (1u64..).zip(source.reader()?.split(b'\n')) {
        let line = line.map_err(|error| source.unreadable(&error))?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let mut found = None;
        let (place, fields) = match read_line(&line, pieces.kind, &mut found) {
            Ok(None) => continue,
            Ok(Some(Record(fields))) => (format!("line {number}"), fields),
            Err((None, fault)) => (format!("line {number}"), Err(fault)),
            Err((Some(column), fault)) => (format!("line {number} column {column}"), Err(fault)),
        };
        // Every pass reads the line; only the pass for its kind reports it.
        if found.unwrap_or(Kind::FIRST) == pieces.kind && pieces.add(place, fields).is_err() {
            break;
        }
    }
    Ok(())
}

/// Reads a line. Returns its record if it is of this kind, or the column and the text of a fault.
fn read_line(line: &[u8], wanted: Kind, found: &mut Option<Kind>) -> Result<Option<Record>, (Option<usize>, String)> {
    let line = str::from_utf8(line).map_err(|error| (Some(error.valid_up_to() + 1), "is not UTF-8 text".to_owned()))?;
    let mut json = serde_json::Deserializer::from_str(line);
    let record = json.deserialize_any(SeedLine { wanted, found });
    let record = record.map_err(|error| (Some(error.column()), text(&error)))?;
    json.end().map_err(|error| (Some(error.column()), FOLLOWED.to_owned()))?;
    Ok(record)
}

const FOLLOWED: &str = "text follows after the closing bracket";

/// Describes an error without the library's wording, except for the words that it was given.
fn text(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Eof if (error.line(), error.column()) == (1, 0) => "is empty".to_owned(),
        Category::Eof => "ends too early: a text, a list or an object is not closed".to_owned(),
        Category::Io | Category::Syntax => {
            "is not JSON from here on; look for a missing or an extra comma, quote or bracket".to_owned()
        }
        Category::Data => {
            let text = error.to_string();
            // The position is reported separately.
            let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
            match text.split_once(", expected ") {
                Some((found, wanted)) if found.starts_with("invalid type") => format!("must be {wanted}"),
                _ => text.to_owned(),
            }
        }
    }
}

/// The receiver is gone.
#[derive(Debug, thiserror::Error)]
#[error("the receiver is gone")]
pub(super) struct Unheard;

pub(super) struct Pieces {
    pub(super) kind: Kind,
    piece: Vec<Raw>,
    sender: mpsc::Sender<Result<Vec<Raw>, Error>>,
}

impl Pieces {
    /// Adds a record, or what is wrong with it.
    pub(super) fn add(&mut self, place: impl Into<String>, fields: Result<Fields, String>) -> Result<(), Unheard> {
        let fields = fields.map_err(|fault| Error::invalid("", fault));
        self.piece.push(Raw { place: place.into(), fields });
        if self.piece.len() < PIECE {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.sender.blocking_send(Ok(piece)).map_err(|_| Unheard)
    }
}
