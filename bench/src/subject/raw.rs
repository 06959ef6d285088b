//! SQLite by itself: the rows that the engine left in its file, written and read with prepared statements and nothing
//! in between. The engine cannot be faster. Except for tests, this is the only SQL outside the domain.

use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use item_store::api::Key;
use rusqlite::{Connection, OpenFlags, Row, Statement, TransactionBehavior};

use crate::Failure;
use crate::people;
use crate::sample::{Sample, micros};
use crate::subject::layout;

/// The number of the first message written here. The engine's have smaller numbers, so these are newer.
const BEHIND: u64 = 100_000_000;
/// The separator between the parts of a key. It is greater than any byte of a part.
const BETWEEN: u8 = 0xff;

/// A file, and what is written into it: keys like the engine's, with blobs that the engine made.
#[derive(Debug)]
pub struct Raw {
    connection: Connection,
    blobs: Blobs,
    next: u64,
}

/// The blobs of rows, by the first letter of their partition.
#[derive(Debug)]
struct Blobs(Vec<(u8, Vec<Vec<u8>>)>);

impl Raw {
    /// Copies the engine's file in its current state, so that both write the same rows into the same pages. Nobody
    /// may write to it meanwhile.
    pub fn copy(engine: &Path, path: &Path) -> Result<Self, Failure> {
        // The index of the WAL (`db-shm`) is not copied: SQLite rebuilds it from the WAL.
        for ending in ["db", "db-wal", "db-shm"] {
            let (from, to) = (engine.with_extension(ending), path.with_extension(ending));
            match std::fs::remove_file(&to) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                _ if ending != "db-shm" && from.exists() => std::fs::copy(from, to).map(drop)?,
                _ => {}
            }
        }
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // The engine has the same cache, but checkpoints only at 24,000 pages.
        connection.pragma_update(None, "wal_autocheckpoint", 12_000)?;
        connection.pragma_update(None, "cache_size", -16_000)?;
        let blobs = "SELECT item FROM \"twclone-messages\" WHERE key > ?1 AND key < ?2 LIMIT 1000";
        let mut blobs = connection.prepare(blobs)?;
        let mut blobs_of = |kind: u8| {
            let found = blobs.query_map([[kind], [kind + 1]], |row| row.get(0))?;
            Ok((kind, found.collect::<Result<_, _>>()?))
        };
        let found = b"misuc".iter().map(|kind| blobs_of(*kind)).collect::<rusqlite::Result<_>>()?;
        drop(blobs);
        Ok(Self { connection, blobs: Blobs(found), next: BEHIND })
    }

    /// Writes messages on this thread for the given time, `messages` per commit. The latencies are those of commits
    /// and the rows before them.
    pub fn send(&mut self, messages: u64, time: Duration) -> Result<Sample, Failure> {
        let begin = Instant::now();
        let mut taken = Vec::new();
        while begin.elapsed() < time {
            let called = Instant::now();
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            {
                let insert = "INSERT INTO \"twclone-messages\" (key, expires, item) VALUES (?1, NULL, ?2)";
                let mut insert = transaction.prepare_cached(insert)?;
                for number in self.next..self.next + messages {
                    for key in layout::keys(&people::draft(number)) {
                        write(&mut insert, &key, self.blobs.one(&key, number)?)?;
                    }
                }
            }
            transaction.commit()?;
            self.next += messages;
            taken.push(micros(called.elapsed()));
        }
        let mut sample = Sample::of(taken, 0, begin.elapsed());
        sample.rate *= messages as f64;
        Ok(sample)
    }
}

impl Blobs {
    /// Returns a blob of the kind that this key has.
    fn one(&self, key: &Key, number: u64) -> Result<&[u8], Failure> {
        let kind = key.partition.as_bytes().first();
        let blobs = self.0.iter().find(|(known, _)| Some(known) == kind).map(|(_, blobs)| blobs);
        let blobs = blobs.filter(|blobs| !blobs.is_empty()).ok_or("a row of an unknown kind")?;
        Ok(&blobs[usize::try_from(number)? % blobs.len()])
    }
}

/// Lists 20 rows again and again on a number of threads, for the given time.
pub fn list(engine: &Path, threads: u32, time: Duration) -> Result<Sample, Failure> {
    let begin = Instant::now();
    let taken = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(move || lists(engine, begin, time))).collect();
        let joined = threads.into_iter().map(|thread| thread.join().map_err(|_| Failure::from("a reader panicked"))?);
        joined.collect::<Result<Vec<_>, Failure>>()
    })?;
    Ok(Sample::of(taken.concat(), 0, begin.elapsed()))
}

/// Returns the version of SQLite.
#[must_use]
pub fn version() -> &'static str {
    rusqlite::version()
}

fn write(insert: &mut Statement<'_>, key: &Key, blob: &[u8]) -> rusqlite::Result<()> {
    insert.execute(([key.partition.as_bytes(), key.sort.as_bytes()].join(&BETWEEN), blob)).map(drop)
}

fn lists(path: &Path, begin: Instant, time: Duration) -> Result<Vec<u32>, Failure> {
    let connection = reader(path)?;
    let before = "SELECT key, item FROM \"twclone-messages\" WHERE key < ?1 ORDER BY key DESC";
    let mut statement = connection.prepare(before)?;
    let people: Vec<_> = people::readers().collect();
    let mut taken = Vec::new();
    for person in people.iter().cycle() {
        if begin.elapsed() >= time {
            break;
        }
        let called = Instant::now();
        let partition = [layout::list(*person).partition.as_bytes(), &[BETWEEN]].concat();
        let behind = [&partition[..], &[BETWEEN]].concat();
        let read = |row: &Row<'_>| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?));
        let rows = statement.query_map((behind,), read)?.take(20).collect::<Result<Vec<_>, _>>()?;
        if rows.len() != 20 || !rows.iter().all(|(key, _)| key.starts_with(&partition)) {
            return Err("a list has no 20 rows".into());
        }
        taken.push(micros(called.elapsed()));
    }
    Ok(taken)
}

fn reader(path: &Path) -> Result<Connection, Failure> {
    Ok(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?)
}
