//! Runs blocking work outside the async threads: on a fixed number of threads behind a bounded queue.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use thiserror::Error;
use tokio::sync::oneshot;

use crate::api::StoreError;

/// Gives a thread a tenth of a normal thread's share of a processor that both want.
const NICENESS: i32 = 10;

/// Why a job was not done.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WorkError {
    /// The queue is full.
    #[error("too many calls wait")]
    Overloaded,
    /// A thread could not be started, has ended, or panicked.
    #[error("{0}")]
    Failed(String),
}

impl From<WorkError> for StoreError {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Overloaded => Self::Overloaded,
            WorkError::Failed(detail) => Self::Unavailable(detail),
        }
    }
}

type Job<State> = Box<dyn FnOnce(&mut State) + Send>;

/// Threads that take jobs from one queue, each with a state of its own, such as a database connection.
#[derive(Debug)]
pub struct Workers<State> {
    queue: Option<Sender<Job<State>>>,
    threads: Vec<JoinHandle<()>>,
}

impl<State: Send + 'static> Workers<State> {
    /// Starts a thread for each of the states. The queue holds up to `queue` jobs; more are refused.
    pub fn start(name: &str, states: Vec<State>, queue: usize) -> Result<Self, WorkError> {
        Self::start_with(name, states, queue, || {})
    }

    /// Does the same for long work: all other threads of the process get priority.
    pub fn start_behind(name: &str, states: Vec<State>, queue: usize) -> Result<Self, WorkError> {
        // If this fails, the work has normal priority. On Linux it affects only the calling thread.
        Self::start_with(name, states, queue, || {
            let _ = rustix::process::nice(NICENESS);
        })
    }

    fn start_with(name: &str, states: Vec<State>, queue: usize, begin: fn()) -> Result<Self, WorkError> {
        let (sender, receiver) = bounded(queue);
        let threads = states
            .into_iter()
            .map(|state| {
                let receiver = receiver.clone();
                std::thread::Builder::new().name(name.to_owned()).spawn(move || {
                    begin();
                    work(state, &receiver);
                })
            })
            .collect::<Result<_, _>>()
            .map_err(|error| WorkError::Failed(format!("cannot start a thread: {error}")))?;
        Ok(Self { queue: Some(sender), threads })
    }

    /// Runs a job on one of the threads.
    ///
    /// # Errors
    /// `Overloaded` at once if the queue is full; `Failed` if the job panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut State) -> T + Send + 'static,
    ) -> Result<T, WorkError> {
        let (answer, answered) = oneshot::channel();
        let job: Job<State> = Box::new(move |state| {
            // If the caller has gone, the job is skipped.
            if !answer.is_closed() {
                let _ = answer.send(job(state));
            }
        });
        let queue = self.queue.as_ref().ok_or(WorkError::Overloaded)?;
        queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => WorkError::Overloaded,
            TrySendError::Disconnected(_) => WorkError::Failed("the worker threads have ended".to_owned()),
        })?;
        answered.await.map_err(|_| WorkError::Failed("a job on a worker thread panicked".to_owned()))
    }

    /// Whether all threads are running.
    pub fn are_running(&self) -> bool {
        !self.threads.iter().any(JoinHandle::is_finished)
    }
}

fn work<State>(mut state: State, queue: &Receiver<Job<State>>) {
    for job in queue {
        // A panic leaves no broken state: it is a connection, whose open transaction is rolled back, or nothing.
        let _ = catch_unwind(AssertUnwindSafe(|| job(&mut state)));
    }
}

impl<State> Drop for Workers<State> {
    /// Completes the queued jobs, and ends the threads.
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
