//! Background tasks: one signal stops all of them, and `stop` waits until they have ended.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

/// The time that all tasks together have to end.
const ENDING: Duration = Duration::from_secs(2);
/// The time that an aborted task has to reach its next await.
const ABORTING: Duration = Duration::from_millis(500);

/// The background tasks of an installation. Dropping this aborts them.
#[derive(Debug)]
pub(crate) struct Background {
    ending: watch::Sender<bool>,
    tasks: Mutex<Vec<Task>>,
}

#[derive(Debug)]
struct Task {
    name: &'static str,
    handle: JoinHandle<()>,
}

/// Signals a task to end.
#[derive(Debug, Clone)]
pub(crate) struct Ending(watch::Receiver<bool>);

impl Ending {
    /// Whether the task has to end.
    pub(crate) fn has_come(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the task has to end.
    pub(crate) async fn comes(&mut self) {
        // If the sender is gone, the task has to end, too.
        let _ = self.0.wait_for(|come| *come).await;
    }
}

impl Background {
    pub(crate) fn new() -> Self {
        Self { ending: watch::Sender::new(false), tasks: Mutex::default() }
    }

    /// Starts a task, which runs until it is signalled to end.
    pub(crate) fn start<T: Future<Output = ()> + Send + 'static>(
        &self,
        name: &'static str,
        task: impl FnOnce(Ending) -> T,
    ) {
        let handle = tokio::spawn(task(Ending(self.ending.subscribe())));
        self.tasks().push(Task { name, handle });
    }

    /// Returns the names of the tasks that have ended on their own.
    pub(crate) fn ended(&self) -> Vec<&'static str> {
        self.tasks().iter().filter(|task| task.handle.is_finished()).map(|task| task.name).collect()
    }

    /// Signals all tasks to end, and waits until they have. One that takes too long is aborted.
    pub(crate) async fn stop(&self) {
        let tasks = std::mem::take(&mut *self.tasks());
        self.ending.send_replace(true);
        let latest = Instant::now() + ENDING;
        for Task { name, mut handle } in tasks {
            if timeout_at(latest, &mut handle).await.is_err() {
                tracing::debug!(task = name, "aborting a task that did not end in time");
                handle.abort();
                let _ = timeout(ABORTING, handle).await;
            }
        }
    }

    fn tasks(&self) -> MutexGuard<'_, Vec<Task>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        for task in self.tasks().iter() {
            task.handle.abort();
        }
    }
}
