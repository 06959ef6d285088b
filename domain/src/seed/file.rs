use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use tokio::sync::mpsc;

use crate::{Error, Fields};

/// What a record is about.
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
    const ALL: [Self; 6] = [Self::Account, Self::Message, Self::Follow, Self::Post, Self::Like, Self::Product];

    /// The name of the list in a JSON file.
    fn list(self) -> &'static str {
        match self {
            Self::Account => "accounts",
            Self::Message => "messages",
            Self::Follow => "follows",
            Self::Post => "posts",
            Self::Like => "likes",
            Self::Product => "products",
        }
    }

    /// The name of the one field of a line in a JSON Lines file.
    fn line(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Message => "message",
            Self::Follow => "follow",
            Self::Post => "post",
            Self::Like => "like",
            Self::Product => "product",
        }
    }

    /// The kind with this name, or what it could have been.
    fn named(name: &str, names: impl Fn(Self) -> &'static str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| names(*kind) == name).ok_or_else(|| {
            let [first @ .., last] = Self::ALL.map(|kind| format!("\"{}\"", names(kind)));
            format!("\"{name}\" is neither {} nor {last}", first.join(", "))
        })
    }
}

/// A record as it stands in the file, and where.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) place: String,
    pub(super) fields: Fields,
}

/// Records come in pieces of this many: few enough to hold, enough to be worth the way.
const PIECE: usize = 256;

/// Reads all records of a kind, in their order, on a thread of its own. Never holds more than a few pieces.
/// An error is the last thing that comes.
pub(super) fn read(path: &Path, kind: Kind) -> mpsc::Receiver<Result<Vec<Raw>, Error>> {
    let (sender, receiver) = mpsc::channel(2);
    let path: PathBuf = path.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut pieces = Pieces { kind, piece: Vec::with_capacity(PIECE), sender };
        let last = read_into(&path, &mut pieces).map(|()| std::mem::take(&mut pieces.piece));
        // Where nobody listens any more, nobody needs to know.
        let _ = pieces.sender.blocking_send(last);
    });
    receiver
}

fn read_into(path: &Path, pieces: &mut Pieces) -> Result<(), Error> {
    let unreadable = |error: std::io::Error| Error::invalid("file", format!("cannot read {}: {error}", path.display()));
    let mut reader = BufReader::new(File::open(path).map_err(unreadable)?);
    skip_mark(&mut reader).map_err(unreadable)?;
    let lines = path.extension().is_some_and(|ending| ending == "jsonl" || ending == "ndjson");
    if !lines {
        let mut json = serde_json::Deserializer::from_reader(reader);
        return json.deserialize_map(SeedFile(pieces)).and_then(|()| json.end()).map_err(|error| {
            match error.classify() {
                serde_json::error::Category::Io => unreadable(error.into()),
                _ => Error::invalid(format!("line {} column {}", error.line(), error.column()), text(&error)),
            }
        });
    }
    for (number, line) in (1u64..).zip(reader.lines()) {
        let line = line.map_err(unreadable)?;
        if line.trim().is_empty() {
            continue;
        }
        let mut json = serde_json::Deserializer::from_str(&line);
        json.deserialize_map(SeedLine { number, pieces })
            .and_then(|()| json.end())
            .map_err(|error| Error::invalid(format!("line {number} column {}", error.column()), text(&error)))?;
    }
    Ok(())
}

/// Skips the byte order mark with which some editors begin a file.
fn skip_mark(reader: &mut impl BufRead) -> std::io::Result<()> {
    if reader.fill_buf()?.starts_with(b"\xEF\xBB\xBF") {
        reader.consume(3);
    }
    Ok(())
}

/// The library's text ends with the place, which stands elsewhere.
fn text(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(text, _)| text.to_owned())
}

struct Pieces {
    kind: Kind,
    piece: Vec<Raw>,
    sender: mpsc::Sender<Result<Vec<Raw>, Error>>,
}

impl Pieces {
    /// `false` where nobody listens any more.
    fn add(&mut self, place: String, fields: Fields) -> bool {
        self.piece.push(Raw { place, fields });
        self.piece.len() < PIECE || {
            let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
            self.sender.blocking_send(Ok(piece)).is_ok()
        }
    }
}

/// `{"accounts": [...], "messages": [...], ...}`
struct SeedFile<'a>(&'a mut Pieces);

impl<'de> Visitor<'de> for SeedFile<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with lists such as \"accounts\" and \"messages\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let kind = Kind::named(&name, Kind::list).map_err(A::Error::custom)?;
            if seen.contains(&kind) {
                return Err(A::Error::custom(format!("\"{name}\" is there more than once")));
            }
            seen.push(kind);
            if kind == self.0.kind {
                map.next_value_seed(RecordList(self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct RecordList<'a>(&'a mut Pieces);

impl<'de> DeserializeSeed<'de> for RecordList<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RecordList<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a list of {}", self.0.kind.list())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut place = 0u64;
        while let Some(fields) = list.next_element()? {
            if !self.0.add(format!("{}[{place}]", self.0.kind.list()), fields) {
                return Err(A::Error::custom("nobody listens any more"));
            }
            place += 1;
        }
        Ok(())
    }
}

/// `{"account": {...}}`, `{"message": {...}}` and so on.
struct SeedLine<'a> {
    number: u64,
    pieces: &'a mut Pieces,
}

impl<'de> Visitor<'de> for SeedLine<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with one field, such as \"account\" or \"message\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let name = map.next_key::<String>()?.unwrap_or_default();
        let kind = Kind::named(&name, Kind::line).map_err(A::Error::custom)?;
        if kind == self.pieces.kind {
            let fields = map.next_value()?;
            if !self.pieces.add(format!("line {}", self.number), fields) {
                return Err(A::Error::custom("nobody listens any more"));
            }
        } else {
            map.next_value::<IgnoredAny>()?;
        }
        match map.next_key::<String>()? {
            None => Ok(()),
            Some(other) => Err(A::Error::custom(format!("\"{other}\" is a second field; a line has one record"))),
        }
    }
}
