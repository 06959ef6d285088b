//! What a backup says of itself: its files, each with its checksum.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _, Write};
use std::path::Path;

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

/// The name of the file.
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const IDENTITY: &str = "identity.db";
pub(super) const ITEMS: &str = "items.db";
/// What the names of keys begin with.
pub(super) const KEYS: &str = "keys/";
/// The form that this twclone writes and reads.
const FORM: u32 = 1;
/// How many bytes are read at once.
const CHUNK: usize = 1 << 18;

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackedUp {
    /// Its place in the backup, and in the data folder.
    pub name: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Its SHA-256, in hex digits.
    pub sha256: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Manifest {
    form: u32,
    twclone: String,
    pub(super) created_at: String,
    /// Whether the items are in the backup.
    pub(super) items: bool,
    pub(super) table_prefix: String,
    pub(super) files: Vec<BackedUp>,
    /// Of all that stands above it.
    checksum: String,
}

impl Manifest {
    pub(super) fn new(created_at: String, items: bool, table_prefix: String, files: Vec<BackedUp>) -> Self {
        let twclone = env!("CARGO_PKG_VERSION").to_owned();
        Self { form: FORM, twclone, created_at, items, table_prefix, files, checksum: String::new() }
    }

    /// The text of the file.
    pub(super) fn text(&self) -> Result<String, String> {
        let write = |manifest: &Self| serde_json::to_string_pretty(manifest).map_err(|error| error.to_string());
        let open = Self { checksum: String::new(), ..self.clone() };
        let checksum = hex(ring::digest::digest(&SHA256, write(&open)?.as_bytes()).as_ref());
        Ok(write(&Self { checksum, ..open })? + "\n")
    }

    /// Reads the file of a backup.
    ///
    /// # Errors
    /// A text for people, where it is missing, not as it was written, or of another form.
    pub(super) fn read(backup: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(backup.join(MANIFEST)).map_err(|error| match error.kind() {
            ErrorKind::NotFound => format!("{MANIFEST} is missing: this is no backup, or not a whole one"),
            ErrorKind::InvalidData => format!("{MANIFEST} is not what was written"),
            _ => format!("cannot read {MANIFEST}: {error}"),
        })?;
        if let Some(form) = form(&text).filter(|form| *form > FORM) {
            return Err(format!(
                "{MANIFEST} has form {form}, of a newer twclone (this one knows {FORM}): run that one"
            ));
        }
        let damaged = || format!("{MANIFEST} is not what was written");
        let manifest: Self = serde_json::from_str(&text).map_err(|_| damaged())?;
        if manifest.text()? != text {
            return Err(damaged());
        }
        let named = |name: &str| manifest.files.iter().any(|file| file.name == name);
        let whole = named(IDENTITY) && named(ITEMS) == manifest.items;
        if !whole || !manifest.files.iter().all(|file| is_ours(&file.name)) {
            return Err(format!("{MANIFEST} does not name the files of a backup"));
        }
        Ok(manifest)
    }
}

impl BackedUp {
    /// What the copy of a file is, after it was read.
    pub(super) fn of(backup: &Path, name: &str, progress: impl FnMut(u64)) -> Result<Self, Error> {
        let (bytes, sha256) = read_through(&backup.join(name), None, progress)?;
        Ok(Self { name: name.to_owned(), bytes, sha256 })
    }

    /// Copies it, and tells whether it is what was written.
    pub(super) fn copy(&self, backup: &Path, into: &mut File, progress: impl FnMut(u64)) -> Result<bool, Error> {
        let (bytes, sha256) = read_through(&backup.join(&self.name), Some(into), progress)?;
        Ok((bytes, &sha256) == (self.bytes, &self.sha256))
    }
}

fn form(text: &str) -> Option<u32> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    u32::try_from(value.get("form")?.as_u64()?).ok()
}

/// Whether a file with this name has a place in a data folder: a manifest must not name others.
fn is_ours(name: &str) -> bool {
    let plain = |name: &str| {
        let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        letters && !name.is_empty() && !name.starts_with('.')
    };
    name == IDENTITY || name == ITEMS || name.strip_prefix(KEYS).is_some_and(plain)
}

/// Reads a file to its end, and writes what it reads. Answers its length and its checksum; reports how far it is.
fn read_through(path: &Path, into: Option<&mut File>, mut progress: impl FnMut(u64)) -> Result<(u64, String), Error> {
    let (mut file, mut into) = (File::open(path)?, into);
    let (mut chunk, mut bytes, mut context) = (vec![0; CHUNK], 0, Context::new(&SHA256));
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            return Ok((bytes, hex(context.finish().as_ref())));
        }
        context.update(&chunk[..read]);
        if let Some(into) = &mut into {
            into.write_all(&chunk[..read])?;
        }
        bytes += read as u64;
        progress(bytes);
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])).collect()
}
