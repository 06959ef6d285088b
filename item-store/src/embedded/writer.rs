//! The only writer thread. Commits many calls at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::calls::Names;
use super::checkpointer::Checkpointer;
use super::gaps::Gaps;
use super::sweep;
use super::write::{self, Prepared};
use crate::api::StoreError;
use crate::client::UnixSeconds;
use crate::sqlite::disk::Disk;
use crate::sqlite::{checkpoint, failure, probe};

/// Maximum number of waiting calls.
const QUEUE: usize = 1_024;
/// Maximum number of calls in one commit, so that the first of them does not wait long.
const GROUP: usize = 256;
/// Number of written rows after which the WAL is checkpointed. A row takes about a page.
const WRITE_BACK: usize = 4_000;
/// Delay of the first sweep of expired items, so that short commands do not sweep.
const FIRST_SWEEP: Duration = Duration::from_secs(1);
/// Interval between sweeps.
const SWEEP: Duration = Duration::from_secs(20);
/// Interval between sweeps while expired items are left. Limits sweeping to 10,000 items a second.
const NEXT_BITE: Duration = Duration::from_millis(100);

/// A job for the writer.
#[derive(Debug)]
pub(super) enum Job {
    Transact(Vec<Prepared>),
    CreateTables,
    /// Tests whether the disk accepts a write.
    Probe,
}

type Answer = Result<(), StoreError>;

#[derive(Debug)]
struct Call {
    job: Job,
    answer: oneshot::Sender<Answer>,
}

/// The thread, and the queue of its calls.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<Sender<Call>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        names: Arc<Names>,
        now: UnixSeconds,
        disk: Disk,
        checkpointer: Checkpointer,
    ) -> Result<Self, StoreError> {
        let (queue, calls) = bounded(QUEUE);
        let state = State { checkpointer, connection, names, now, disk, gaps: Gaps::default(), rows: 0 };
        let thread = std::thread::Builder::new()
            .name("items-writer".to_owned())
            .spawn(move || state.work(&calls))
            .map_err(|error| StoreError::Unavailable(format!("cannot start a thread: {error}")))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Runs a job, which is on disk when this returns. Skips the job if the caller stops waiting before its turn.
    pub(super) async fn run(&self, job: Job) -> Answer {
        let (answer, answered) = oneshot::channel();
        let gone = || StoreError::Unavailable("the writer has ended".to_owned());
        let queue = self.queue.as_ref().ok_or_else(gone)?;
        queue.try_send(Call { job, answer }).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Overloaded,
            TrySendError::Disconnected(_) => gone(),
        })?;
        answered.await.map_err(|_| gone())?
    }
}

impl Writer {
    /// Fails if the thread has ended.
    pub(super) fn check(&self) -> Answer {
        match &self.thread {
            Some(thread) if !thread.is_finished() => Ok(()),
            _ => Err(StoreError::Unavailable("the writer has ended; restart".to_owned())),
        }
    }
}

impl Drop for Writer {
    /// Ends the thread after all waiting jobs.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct State {
    // Dropped before the writing connection, so that the final close removes the WAL.
    checkpointer: Checkpointer,
    connection: Connection,
    names: Arc<Names>,
    now: UnixSeconds,
    disk: Disk,
    gaps: Gaps,
    /// Number of rows written since the last checkpoint was requested.
    rows: usize,
}

impl State {
    fn work(mut self, calls: &Receiver<Call>) {
        let mut next_sweep = Instant::now() + FIRST_SWEEP;
        loop {
            match calls.recv_timeout(next_sweep.saturating_duration_since(Instant::now())) {
                Ok(first) => self.group(first, calls),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if Instant::now() >= next_sweep {
                next_sweep = Instant::now() + if self.sweep() { NEXT_BITE } else { SWEEP };
            }
        }
    }

    /// Runs the first call and all waiting ones, commits, and sends the results.
    fn group(&mut self, first: Call, calls: &Receiver<Call>) {
        let group: Vec<_> = std::iter::once(first)
            .chain(calls.try_iter().take(GROUP - 1))
            .filter(|call| !call.answer.is_closed())
            .collect();
        if let Err(error) = self.disk.check() {
            let answers = vec![Err(error); group.len()];
            return reply(group, answers);
        }
        // After a panic, the transaction is rolled back when it is dropped.
        let done = catch_unwind(AssertUnwindSafe(|| self.commit(&group)))
            .unwrap_or_else(|_| Err(StoreError::Unavailable("a write panicked".to_owned())));
        if done.is_err() {
            self.gaps.forget();
        }
        // Checked after the commit: what is in these files now is there after a restart.
        let answers = match self.disk.confirm().and(done) {
            Ok(answers) => answers,
            Err(error) => vec![Err(error); group.len()],
        };
        reply(group, answers);
        self.write_back();
    }

    /// Keeps the WAL from growing without limit.
    fn write_back(&mut self) {
        if self.rows >= WRITE_BACK {
            self.rows = 0;
            self.checkpointer.wake();
        }
        if self.checkpointer.leaves_few()
            && let Err(error) = checkpoint(&self.connection)
        {
            let error = failed(&self.disk, error);
            tracing::warn!(%error, "cannot checkpoint the write-ahead log");
        }
    }

    /// Runs and commits the calls. Returns the result of each when it is on disk, or the error for which nothing was
    /// committed.
    fn commit(&mut self, group: &[Call]) -> Result<Vec<Answer>, StoreError> {
        let Self { connection, names, disk, gaps, rows, .. } = self;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failure)?;
        gaps.begin(version(&transaction).map_err(failure)?);
        let mut answers = Vec::with_capacity(group.len());
        for call in group {
            let planned = match &call.job {
                Job::Transact(actions) => write::plan(&transaction, names, gaps, actions),
                Job::CreateTables => {
                    let created = names.all().try_for_each(|names| transaction.execute_batch(&names.create));
                    created.map(|()| Vec::new()).map_err(failure)
                }
                Job::Probe => probe(&transaction).map(|()| Vec::new()).map_err(failure),
            };
            answers.push(match planned {
                Ok(writes) => {
                    *rows += writes.len();
                    write::apply(&transaction, gaps, writes).map_err(|error| failed(disk, failure(error)))?;
                    Ok(())
                }
                // An error of the call itself, found before it wrote anything. Other calls are not affected.
                Err(
                    error @ (StoreError::ConditionFailed(_)
                    | StoreError::Invalid(_)
                    | StoreError::Corrupt(_)
                    | StoreError::NoSuchTable(_)),
                ) => Err(error),
                Err(error) => return Err(error),
            });
        }
        transaction.commit().map_err(|error| failed(disk, failure(error)))?;
        if answers.iter().any(Result::is_ok) {
            disk.saw(None);
        }
        Ok(answers)
    }

    /// Sweeps a batch of expired items. Returns whether there are more.
    fn sweep(&mut self) -> bool {
        if self.disk.check().is_err() {
            return false;
        }
        let Self { connection, names, now, disk, .. } = self;
        let swept = catch_unwind(AssertUnwindSafe(|| sweep::sweep(connection, names, now())));
        match swept {
            _ if disk.confirm().is_err() => false,
            Ok(Ok(more)) => more,
            Ok(Err(error)) => {
                let error = failed(disk, failure(error));
                tracing::warn!(%error, "cannot delete expired items");
                false
            }
            Err(_) => {
                tracing::error!("deleting expired items panicked");
                false
            }
        }
    }
}

/// Returns SQLite's count of changes by other connections. Inside a transaction, it includes all changes that the
/// transaction sees.
fn version(transaction: &Connection) -> rusqlite::Result<i64> {
    transaction.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

/// Records the error of a write for later writes, and returns it for the callers whose writes were rolled back.
pub(super) fn failed(disk: &Disk, error: StoreError) -> StoreError {
    if error == StoreError::DiskFailed {
        tracing::error!("a write did not reach the disk; all further writes are refused until a restart");
    }
    disk.saw(Some(&error));
    error
}

fn reply(group: Vec<Call>, answers: Vec<Answer>) {
    for (call, answer) in group.into_iter().zip(answers) {
        // The caller may have stopped waiting.
        let _ = call.answer.send(answer);
    }
}
