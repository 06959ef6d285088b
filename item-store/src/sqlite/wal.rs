//! Checks SQLite's write-ahead log (WAL) before SQLite reads it. For SQLite, the WAL ends at the first damaged frame.
//! That is right for the last commit, which a power failure can tear. But if more commits follow the damaged frame,
//! the earlier ones were acknowledged, and SQLite would drop them silently.
//!
//! The format is SQLite's ("WAL-mode File Format", sections 1 to 3).

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How many times a WAL that seems damaged is read, because another process may be writing it.
const LOOKS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(40);
/// Size of the WAL's header, which has the salts and the first checksum.
const HEADER: usize = 32;
/// Size of a frame's header, which precedes the page.
const FRAME: usize = 24;
/// The first word of the WAL's header, without the last bit, which is the byte order of checksums.
const MAGIC: u32 = 0x377f_0682;

/// Damage in a WAL, with commits after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Damage {
    /// Length of the undamaged beginning, in bytes.
    pub(super) sound: u64,
    /// Number of commits after it.
    pub(super) commits: u32,
}

/// Returns the path of a database's WAL.
pub(super) fn path(database: &Path) -> PathBuf {
    beside(database, "-wal")
}

/// Returns the path of the WAL's index, which all processes share.
pub(super) fn index_path(database: &Path) -> PathBuf {
    beside(database, "-shm")
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

/// Looks for damage in the WAL of a database, if there is a WAL.
///
/// # Errors
/// If the WAL cannot be read.
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
    // If another process restarted the WAL meanwhile, the bytes read are a mix of two WALs.
    let mut now = [0; HEADER];
    let same = match File::open(path) {
        // The last process that closed the database has checkpointed and removed the WAL.
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        file => filled(&mut file?, &mut now)? && now == header,
    };
    Ok(found.filter(|_| same))
}

/// Reads the frames after the header.
fn read(log: &mut impl Read, header: &[u8; HEADER]) -> std::io::Result<Option<Damage>> {
    let magic = word(header, 0);
    let sum = Sum { reversed: magic & 1 == 0, sums: (0, 0) }.with(&header[..24]);
    let mut sound = HEADER as u64;
    // A header fits into one sector, which the disk writes atomically, so it is never torn.
    let mut damaged = magic & !1 != MAGIC || sum.sums != (word(header, 24), word(header, 28));
    if damaged {
        // Without the salts, the commits that follow cannot be counted.
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
    // The last commit may have been torn before it was acknowledged. The one before it was on disk by then.
    Ok((commits > 1).then_some(Damage { sound, commits }))
}

/// Fills the buffer. Returns `false` if there are too few bytes.
fn filled(log: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<bool> {
    match log.read_exact(buffer) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| true),
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// SQLite's cumulative checksum over pairs of words.
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
