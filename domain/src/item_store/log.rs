//! SQLite's write-ahead log, looked at before SQLite reads it. It ends for SQLite with the first frame that is not
//! as it was written: right for the last commit, which a power failure tore; but where more commits stand behind
//! such a frame they had been answered, and would be dropped without a word.
//!
//! The form is SQLite's own ("WAL-mode File Format", sections 1 to 3).

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a log that seems damaged is looked at again: another process may be writing it.
const LOOKS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(40);
/// The beginning of the log, which has salts and the first checksum.
const HEADER: usize = 32;
/// The beginning of each frame, before its page.
const FRAME: usize = 24;
/// The header's first word, but for its last bit: the order of bytes in checksums.
const MAGIC: u32 = 0x377f_0682;

/// A log with commits behind damage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Damage {
    /// Where the log is sound up to, in bytes.
    pub(super) sound: u64,
    /// How many commits stand behind.
    pub(super) commits: u32,
}

/// Where the log of a database is.
pub(super) fn path(database: &Path) -> PathBuf {
    beside(database, "-wal")
}

/// Where the index of the log is, which all processes share.
pub(super) fn index_path(database: &Path) -> PathBuf {
    beside(database, "-shm")
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

/// Looks at the log of a database, if it has one.
///
/// # Errors
/// That it cannot be read.
pub(super) fn damage(database: &Path) -> std::io::Result<Option<Damage>> {
    let log = path(database);
    let mut found = look(&log)?;
    for _ in 1..LOOKS {
        if found.is_none() {
            break;
        }
        std::thread::sleep(PAUSE);
        found = look(&log)?;
    }
    Ok(found)
}

fn look(path: &Path) -> std::io::Result<Option<Damage>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut log = BufReader::with_capacity(1 << 18, file);
    let mut header = [0; HEADER];
    if !filled(&mut log, &mut header)? {
        return Ok(None);
    }
    let found = read(&mut log, &header)?;
    // Where a process that has it open has begun it anew meanwhile, what was read is of two logs.
    let mut now = [0; HEADER];
    let same = match File::open(path) {
        // Whoever closed the database last has written it back and removed it.
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        file => filled(&mut file?, &mut now)? && now == header,
    };
    Ok(found.filter(|_| same))
}

/// What stands behind the header.
fn read(log: &mut impl Read, header: &[u8; HEADER]) -> std::io::Result<Option<Damage>> {
    let magic = word(header, 0);
    let sum = Sum { reversed: magic & 1 == 0, sums: (0, 0) }.with(&header[..24]);
    let mut sound = HEADER as u64;
    // A header fits into what a disk writes at once: it is never torn.
    let mut damaged = magic & !1 != MAGIC || sum.sums != (word(header, 24), word(header, 28));
    if damaged {
        // What stands behind cannot be counted without its salts.
        let more = filled(log, &mut [0; FRAME])?;
        return Ok(more.then_some(Damage { sound: 0, commits: 1 }));
    }
    let (mut sum, mut commits) = (sum, 0);
    let mut frame = vec![0; FRAME + word(header, 8) as usize];
    while filled(log, &mut frame)? {
        let ours = frame[8..16] == header[16..24];
        let committed = ours && word(&frame, 4) != 0;
        if damaged {
            commits += u32::from(committed);
            continue;
        }
        sum = sum.with(&frame[..8]).with(&frame[FRAME..]);
        damaged = !ours || sum.sums != (word(&frame, 16), word(&frame, 20));
        if damaged {
            commits += u32::from(committed);
        } else {
            sound += frame.len() as u64;
        }
    }
    // The last commit may have been torn before it was answered; the one before it was on disk by then.
    Ok((commits > 1).then_some(Damage { sound, commits }))
}

/// Fills the buffer; or tells that there is less.
fn filled(log: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<bool> {
    match log.read_exact(buffer) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| true),
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// SQLite's running checksum, over pairs of words.
#[derive(Clone, Copy)]
struct Sum {
    /// Whether the words are little-endian.
    reversed: bool,
    sums: (u32, u32),
}

impl Sum {
    fn with(self, bytes: &[u8]) -> Self {
        let read = |at: usize| if self.reversed { word(bytes, at).swap_bytes() } else { word(bytes, at) };
        let sums = (0..bytes.len() / 8).fold(self.sums, |(one, other), pair| {
            let one = one.wrapping_add(read(pair * 8)).wrapping_add(other);
            (one, other.wrapping_add(read(pair * 8 + 4)).wrapping_add(one))
        });
        Self { sums, ..self }
    }
}
