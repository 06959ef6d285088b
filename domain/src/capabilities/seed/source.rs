//! The source of seed data: a regular file, or a pipe, a FIFO or standard input, which can be read only once.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use super::file::Kind;
use crate::Error;
use crate::installation::blocking;

/// The path that stands for standard input.
const STANDARD_INPUT: &str = "-";
/// The maximum number of bytes copied from a source that can be read only once: 4 GiB.
const LARGEST_COPY: u64 = 4 << 30;
/// How many bytes are copied at a time.
const CHUNK: usize = 64 << 10;
/// The number of bytes that are examined to detect the format.
const LOOKED_AT: usize = 4_096;

/// Seed data that can be read more than once, each time from the beginning.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// The name in errors.
    pub(super) name: Arc<str>,
    /// Whether it is JSON Lines.
    pub(super) has_lines: bool,
    file: Arc<File>,
}

impl Source {
    /// Opens a file; `-` is standard input. A source that can be read only once is first copied to an unnamed
    /// temporary file (mode 0600), which disappears when this process ends for any reason.
    ///
    /// # Errors
    /// `Invalid` if it cannot be read or is larger than [`LARGEST_COPY`]; `Unavailable` if there is no room for a
    /// copy.
    pub(super) async fn open(path: &Path) -> Result<Self, Error> {
        let path = path.to_owned();
        blocking(move || open(&path)).await
    }

    /// Returns a reader from the beginning, without the byte order mark.
    ///
    /// # Errors
    /// `Invalid`.
    pub(super) fn reader(&self) -> Result<BufReader<impl Read + use<>>, Error> {
        let mut reader = BufReader::new(Reader { file: Arc::clone(&self.file), offset: 0 });
        skip_mark(&mut reader).map_err(|error| self.unreadable(&error))?;
        Ok(reader)
    }

    /// Returns the error for a source that cannot be read.
    pub(super) fn unreadable(&self, error: &io::Error) -> Error {
        unreadable(&self.name, error)
    }
}

/// Reads from its own offset, independently of other readers of the file.
struct Reader {
    file: Arc<File>,
    offset: u64,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

fn open(path: &Path) -> Result<Source, Error> {
    let is_standard_input = path.as_os_str() == STANDARD_INPUT;
    let name = if is_standard_input { "standard input".to_owned() } else { path.display().to_string() };
    let file = if is_standard_input {
        copy(&mut io::stdin().lock(), &name)?
    } else {
        let mut file = File::open(path).map_err(|error| unreadable(&name, &error))?;
        let kind = file.metadata().map_err(|error| unreadable(&name, &error))?.file_type();
        if kind.is_dir() {
            return Err(Error::invalid("file", format!("{name} is a folder; name a file")));
        }
        if kind.is_file() { file } else { copy(&mut file, &name)? }
    };
    let mut source = Source { name: name.into(), has_lines: false, file: Arc::new(file) };
    let ending = path.extension().unwrap_or_default();
    source.has_lines = if ending == "jsonl" || ending == "ndjson" {
        true
    } else if ending == "json" {
        false
    } else {
        begins_with_a_record(&source)?
    };
    Ok(source)
}

/// Copies a source that can be read only once.
fn copy(from: &mut impl Read, name: &str) -> Result<File, Error> {
    let folder = std::env::temp_dir();
    let uncopied = |error: &io::Error| {
        let reason =
            if error.kind() == ErrorKind::StorageFull { "the disk is full".to_owned() } else { error.to_string() };
        Error::Unavailable(format!(
            "{name} must be read more than once, but cannot be copied to {}: {reason}; set TMPDIR to a folder with \
             room, or load a regular file",
            folder.display()
        ))
    };
    let mut copy = tempfile::tempfile().map_err(|error| uncopied(&error))?;
    let (mut chunk, mut size) = (vec![0; CHUNK], 0);
    loop {
        let read = match from.read(&mut chunk) {
            Ok(0) => return Ok(copy),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable(name, &error)),
        };
        size += read as u64;
        if size > LARGEST_COPY {
            let gigabytes = LARGEST_COPY >> 30;
            let text = format!("{name} has more than {gigabytes} GiB; save it as a regular file, and load that");
            return Err(Error::invalid("file", text));
        }
        copy.write_all(&chunk[..read]).map_err(|error| uncopied(&error))?;
    }
}

/// Whether the first object is a single record, as in JSON Lines; for a file whose name does not tell the format.
fn begins_with_a_record(source: &Source) -> Result<bool, Error> {
    let mut start = Vec::new();
    let read = source.reader()?.take(LOOKED_AT as u64).read_to_end(&mut start);
    read.map_err(|error| source.unreadable(&error))?;
    let key = start.trim_ascii_start().strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    let key = key.and_then(|key| key.strip_prefix(b"\"")).unwrap_or_default();
    Ok(Kind::ALL
        .iter()
        .any(|kind| key.strip_prefix(kind.line().as_bytes()).is_some_and(|behind| behind.starts_with(b"\""))))
}

/// Skips the byte order mark that some editors write at the beginning of a file.
fn skip_mark(reader: &mut impl BufRead) -> io::Result<()> {
    if reader.fill_buf()?.starts_with(b"\xEF\xBB\xBF") {
        reader.consume(3);
    }
    Ok(())
}

fn unreadable(name: &str, error: &io::Error) -> Error {
    Error::invalid("file", format!("cannot read {name}: {error}"))
}
