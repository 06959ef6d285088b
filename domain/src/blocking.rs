//! Blocking work off the async threads: a fixed number of threads behind a bounded queue.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use tokio::sync::oneshot;

use crate::Error;

/// A tenth of the share of a usual thread, where both want the same processor.
const NICENESS: i32 = 10;

type Job<State> = Box<dyn FnOnce(&mut State) + Send>;

/// Threads, each with a state of its own (a database connection, say), that take work from one queue.
#[derive(Debug)]
pub(crate) struct Workers<State> {
    queue: Option<Sender<Job<State>>>,
    threads: Vec<JoinHandle<()>>,
}

impl<State: Send + 'static> Workers<State> {
    /// Starts a thread for each of the states. The queue holds so many jobs, and refuses more.
    pub(crate) fn start(name: &str, states: Vec<State>, queue: usize) -> Result<Self, Error> {
        Self::start_with(name, states, queue, || {})
    }

    /// The same for long work: the system lets all other threads of the process go first.
    pub(crate) fn start_behind(name: &str, states: Vec<State>, queue: usize) -> Result<Self, Error> {
        // Where it cannot be had, the work is as urgent as any. On Linux this concerns the calling thread alone.
        Self::start_with(name, states, queue, || {
            let _ = rustix::process::nice(NICENESS);
        })
    }

    fn start_with(name: &str, states: Vec<State>, queue: usize, begin: fn()) -> Result<Self, Error> {
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
            .map_err(|error| Error::internal(format!("cannot start a thread: {error}")))?;
        Ok(Self { queue: Some(sender), threads })
    }

    /// Runs a job on one of the threads.
    ///
    /// # Errors
    /// `Overloaded` at once where the queue is full; `Internal` where the job panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut State) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        let job: Job<State> = Box::new(move |state| {
            // Whoever asked may have gone: nothing waits for this any more.
            if !answer.is_closed() {
                let _ = answer.send(job(state));
            }
        });
        let queue = self.queue.as_ref().ok_or(Error::Overloaded)?;
        queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Error::Overloaded,
            TrySendError::Disconnected(_) => Error::internal("the worker threads have ended"),
        })?;
        answered.await.map_err(|_| Error::internal("a job on a worker thread panicked"))
    }

    /// Whether all threads are there.
    pub(crate) fn are_running(&self) -> bool {
        !self.threads.iter().any(JoinHandle::is_finished)
    }
}

fn work<State>(mut state: State, queue: &Receiver<Job<State>>) {
    for job in queue {
        // The state is a connection, whose open transaction a panic rolls back, or nothing at all.
        let _ = catch_unwind(AssertUnwindSafe(|| job(&mut state)));
    }
}

impl<State> Drop for Workers<State> {
    /// Ends the threads when they have done what waits.
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
