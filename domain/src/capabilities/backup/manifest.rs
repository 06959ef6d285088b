//! The manifest of a backup: its files, each with its checksum.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _, Write};
use std::path::Path;

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

/// The file name of the manifest.
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const IDENTITY: &str = "identity.db";
pub(super) const ITEMS: &str = "items.db";
/// Prefix of the names of key files.
pub(super) const KEYS: &str = "keys/";
/// The format version that this twclone writes and reads.
const FORM: u32 = 1;
/// Number of bytes per read.
const CHUNK: usize = 1 << 18;

/// A file in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackedUp {
    /// The path in the backup and in the data folder.
    pub name: String,
    /// The size in bytes.
    pub bytes: u64,
    /// The SHA-256 in hex digits.
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
    /// The SHA-256 of the manifest with this field empty.
    checksum: String,
}

impl Manifest {
    pub(super) fn new(created_at: String, items: bool, table_prefix: String, files: Vec<BackedUp>) -> Self {
        let twclone = env!("CARGO_PKG_VERSION").to_owned();
        Self { form: FORM, twclone, created_at, items, table_prefix, files, checksum: String::new() }
    }

    /// Returns the content of the manifest file.
    pub(super) fn text(&self) -> Result<String, String> {
        let write = |manifest: &Self| serde_json::to_string_pretty(manifest).map_err(|error| error.to_string());
        let open = Self { checksum: String::new(), ..self.clone() };
        let checksum = hex(ring::digest::digest(&SHA256, write(&open)?.as_bytes()).as_ref());
        Ok(write(&Self { checksum, ..open })? + "\n")
    }

    /// Reads the manifest of a backup.
    ///
    /// # Errors
    /// A message for users if the file is missing, was changed, or has another format.
    pub(super) fn read(backup: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(backup.join(MANIFEST)).map_err(|error| match error.kind() {
            ErrorKind::NotFound => format!("{MANIFEST} is missing: this is not a backup, or it is incomplete"),
            ErrorKind::InvalidData => format!("{MANIFEST} has changed since the backup"),
            _ => format!("cannot read {MANIFEST}: {error}"),
        })?;
        if let Some(form) = form(&text).filter(|form| *form > FORM) {
            return Err(format!(
                "{MANIFEST} has the format {form} of a newer release (this one knows {FORM}); use that release"
            ));
        }
        let damaged = || format!("{MANIFEST} has changed since the backup");
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
    /// Reads a file of a backup and returns its size and checksum.
    pub(super) fn of(backup: &Path, name: &str, progress: impl FnMut(u64)) -> Result<Self, Error> {
        let (bytes, sha256) = read_through(&backup.join(name), None, progress)?;
        Ok(Self { name: name.to_owned(), bytes, sha256 })
    }

    /// Copies the file, and returns whether it is what was written.
    pub(super) fn copy(&self, backup: &Path, into: &mut File, progress: impl FnMut(u64)) -> Result<bool, Error> {
        let (bytes, sha256) = read_through(&backup.join(&self.name), Some(into), progress)?;
        Ok((bytes, &sha256) == (self.bytes, &self.sha256))
    }
}

fn form(text: &str) -> Option<u32> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    u32::try_from(value.get("form")?.as_u64()?).ok()
}

/// Returns whether a file of this name belongs into a data folder. A manifest must not name others.
fn is_ours(name: &str) -> bool {
    let plain = |name: &str| {
        let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        letters && !name.is_empty() && !name.starts_with('.')
    };
    name == IDENTITY || name == ITEMS || name.strip_prefix(KEYS).is_some_and(plain)
}

/// Reads a file to its end, copies it to `into` if given, and reports the progress. Returns its size and checksum.
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
