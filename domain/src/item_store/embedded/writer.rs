//! The one thread that writes: many calls, one commit.

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
use crate::Clock;
use crate::item_store::api::StoreError;
use crate::item_store::disk::Disk;
use crate::item_store::sqlite::{checkpoint, failure, probe};

/// How many calls may wait.
const QUEUE: usize = 1_024;
/// How many calls one commit takes at most, so that the first of them does not wait for long.
const GROUP: usize = 256;
/// After how many rows the log is written back: about a page each.
const WRITE_BACK: usize = 4_000;
/// When the writer first looks for items that have expired: not in a command that is done at once.
const FIRST_SWEEP: Duration = Duration::from_secs(1);
/// How often from then on.
const SWEEP: Duration = Duration::from_secs(20);
/// How soon it goes on where it did not get through: 10,000 items a second at most.
const NEXT_BITE: Duration = Duration::from_millis(100);

/// What the writer can be asked for.
#[derive(Debug)]
pub(super) enum Job {
    Transact(Vec<Prepared>),
    CreateTables,
    /// Sees whether the disk takes a write.
    Probe,
}

type Answer = Result<(), StoreError>;

#[derive(Debug)]
struct Call {
    job: Job,
    answer: oneshot::Sender<Answer>,
}

/// The thread, and the queue before it.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<Sender<Call>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        names: Arc<Names>,
        clock: Clock,
        disk: Disk,
        checkpointer: Checkpointer,
    ) -> Result<Self, StoreError> {
        let (queue, calls) = bounded(QUEUE);
        let state = State { checkpointer, connection, names, clock, disk, gaps: Gaps::default(), rows: 0 };
        let thread = std::thread::Builder::new()
            .name("items-writer".to_owned())
            .spawn(move || state.work(&calls))
            .map_err(|error| StoreError::Unavailable(format!("cannot start a thread: {error}")))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Does a job; when this answers, it is on disk. A job whose caller stops waiting before its turn comes is
    /// not done.
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
    /// Whether the thread is there.
    pub(super) fn check(&self) -> Answer {
        match &self.thread {
            Some(thread) if !thread.is_finished() => Ok(()),
            _ => Err(StoreError::Unavailable("the writer has ended; restart".to_owned())),
        }
    }
}

impl Drop for Writer {
    /// Ends the thread when it has done what waits.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct State {
    // Closed before the connection that writes: who closes the file last takes the log away.
    checkpointer: Checkpointer,
    connection: Connection,
    names: Arc<Names>,
    clock: Clock,
    disk: Disk,
    gaps: Gaps,
    /// How many were written since the log was written back.
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

    /// Does the first call and all that wait, commits, and answers.
    fn group(&mut self, first: Call, calls: &Receiver<Call>) {
        let group: Vec<_> = std::iter::once(first)
            .chain(calls.try_iter().take(GROUP - 1))
            .filter(|call| !call.answer.is_closed())
            .collect();
        if let Err(error) = self.disk.check() {
            let answers = vec![Err(error); group.len()];
            return reply(group, answers);
        }
        // A panic rolls the transaction back as it is dropped.
        let done = catch_unwind(AssertUnwindSafe(|| self.commit(&group)))
            .unwrap_or_else(|_| Err(StoreError::Unavailable("a write panicked".to_owned())));
        if done.is_err() {
            self.gaps.forget();
        }
        // Behind the commit: what is in these files by now is there after a restart.
        let answers = match self.disk.confirm().and(done) {
            Ok(answers) => answers,
            Err(error) => vec![Err(error); group.len()],
        };
        reply(group, answers);
        self.write_back();
    }

    /// Sees to it that the log does not grow for ever.
    fn write_back(&mut self) {
        if self.rows >= WRITE_BACK {
            self.rows = 0;
            self.checkpointer.wake();
        }
        if self.checkpointer.leaves_few()
            && let Err(error) = checkpoint(&self.connection)
        {
            let error = failed(&self.disk, error);
            tracing::warn!(%error, "cannot write the log back");
        }
    }

    /// The answers of all calls, once what they did is on disk; or why nothing of it is.
    fn commit(&mut self, group: &[Call]) -> Result<Vec<Answer>, StoreError> {
        let Self { connection, names, disk, gaps, rows, .. } = self;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failure)?;
        gaps.begin(version(&transaction).map_err(failure)?);
        let mut answers = Vec::with_capacity(group.len());
        for call in group {
            let planned = match &call.job {
                Job::Transact(actions) => write::plan(&transaction, names, gaps, actions),
                Job::CreateTables => {
                    let created = names.all().iter().try_for_each(|names| transaction.execute_batch(&names.create));
                    created.map(|()| Vec::new()).map_err(failure)
                }
                Job::Probe => probe(&transaction).map(|()| Vec::new()).map_err(failure),
            };
            answers.push(match planned {
                Ok(writes) => {
                    *rows += writes.len();
                    write::apply(&transaction, names, gaps, writes).map_err(|error| failed(disk, failure(error)))?;
                    Ok(())
                }
                // The call's own fault, found before it wrote anything: it concerns no other call.
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

    /// Takes a bite of what has expired. Answers whether there is more.
    fn sweep(&mut self) -> bool {
        if self.disk.check().is_err() {
            return false;
        }
        let Self { connection, names, clock, disk, .. } = self;
        let swept = catch_unwind(AssertUnwindSafe(|| sweep::sweep(connection, names, clock.now())));
        match swept {
            _ if disk.confirm().is_err() => false,
            Ok(Ok(more)) => more,
            Ok(Err(error)) => {
                let error = failed(disk, failure(error));
                tracing::warn!(%error, "cannot sweep expired items");
                false
            }
            Err(_) => {
                tracing::error!("sweeping expired items panicked");
                false
            }
        }
    }
}

/// SQLite's number of what other connections have changed; inside a transaction, which sees their changes.
fn version(transaction: &Connection) -> rusqlite::Result<i64> {
    transaction.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

/// What an error means to those whose writes it took back, and for the writes to come.
pub(super) fn failed(disk: &Disk, error: StoreError) -> StoreError {
    if error == StoreError::DiskFailed {
        tracing::error!("a write did not reach the disk; nothing is written from now on");
    }
    disk.saw(Some(&error));
    error
}

fn reply(group: Vec<Call>, answers: Vec<Answer>) {
    for (call, answer) in group.into_iter().zip(answers) {
        // Whoever asked may have gone.
        let _ = call.answer.send(answer);
    }
}
