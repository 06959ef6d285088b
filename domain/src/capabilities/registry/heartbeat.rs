use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::{Instance, Registry};
use crate::Error;
use crate::model::instance;

/// How often an instance announces itself: well within the validity of an announcement.
const BEAT: Duration = Duration::from_secs(10);
/// How soon it announces a change.
const CHANGE: Duration = Duration::from_secs(2);
/// The difference in a count that is not a change: a health check is not worth an announcement.
const SAME: u64 = 1;
/// How long stopping waits for an announcement in progress.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(1);
/// The status of an instance that accepts no requests.
const NOT_READY: &str = "not ready";

/// The load of an instance, as it counts it itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// The number of requests in progress.
    pub in_flight: u64,
    /// The number of requests completed since the start.
    pub answered: u64,
    /// Whether it accepts requests.
    pub ready: bool,
}

/// The task that announces an instance repeatedly. Dropping this ends the task; some seconds later the instance
/// counts as gone.
#[derive(Debug)]
pub struct Heartbeat {
    registry: Registry,
    instance: Instance,
    end: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Heartbeat {
    pub(super) async fn start(
        registry: Registry,
        instance: Instance,
        load: impl Fn() -> Load + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let (end, ended) = watch::channel(false);
        let (counted, answered) = (Instant::now(), load().answered);
        let mut pulse = HeartbeatTask {
            registry: registry.clone(),
            instance: instance.clone(),
            load,
            counted,
            answered,
            told: None,
        };
        pulse.beat().await?;
        Ok(Self { registry, instance, end, task: tokio::spawn(pulse.go_on(ended)) })
    }

    /// Returns the announced instance, as it was at the start.
    #[must_use]
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Whether the task runs.
    #[must_use]
    pub fn is_beating(&self) -> bool {
        !self.task.is_finished()
    }

    /// Ends the task, and removes the instance from the registry, so that it gets no more requests.
    ///
    /// # Errors
    /// Those of the store. The instance then counts as gone some seconds later.
    pub async fn stop(&self) -> Result<(), Error> {
        self.end.send_replace(true);
        // An announcement in progress must not follow the removal. The channel closes once the task has ended.
        let _ = tokio::time::timeout(LEAVE_TIMEOUT, self.end.closed()).await;
        self.task.abort();
        self.registry.leave(&self.instance).await
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The state of the task.
struct HeartbeatTask<L> {
    registry: Registry,
    instance: Instance,
    load: L,
    /// When the requests were last counted, and how many there were.
    counted: Instant,
    answered: u64,
    /// What was last announced, and when.
    told: Option<(Instance, Instant)>,
}

impl<L: Fn() -> Load + Send + Sync + 'static> HeartbeatTask<L> {
    async fn go_on(mut self, mut ended: watch::Receiver<bool>) {
        let mut failing = false;
        while tokio::time::timeout(CHANGE, ended.wait_for(|ended| *ended)).await.is_err() {
            match self.beat().await {
                Ok(()) => failing = false,
                // Logged once per outage.
                Err(error) if !failing => {
                    failing = true;
                    tracing::warn!(%error, service = %self.instance.service, "cannot announce this instance; retrying");
                }
                Err(_) => {}
            }
        }
    }

    /// Announces the instance with its current load, if that has changed or it is time to.
    async fn beat(&mut self) -> Result<(), Error> {
        let (load, now) = ((self.load)(), Instant::now());
        let passed = now.duration_since(self.counted).as_millis().max(1);
        let more = u128::from(load.answered.saturating_sub(self.answered));
        self.instance.rate = u64::try_from((more * 1_000 + passed / 2) / passed).unwrap_or(u64::MAX);
        (self.counted, self.answered) = (now, load.answered);
        self.instance.in_flight = load.in_flight;
        let status = if load.ready { instance::READY } else { NOT_READY };
        status.clone_into(&mut self.instance.status);
        let is_told = |(told, at): &(Instance, Instant)| {
            let is_same = |one: u64, other: u64| one.abs_diff(other) <= SAME;
            told.status == self.instance.status
                && is_same(told.in_flight, self.instance.in_flight)
                && is_same(told.rate, self.instance.rate)
                // Slightly early is better than one interval late.
                && now.duration_since(*at) + CHANGE / 2 < BEAT
        };
        if self.told.as_ref().is_some_and(is_told) {
            return Ok(());
        }
        self.registry.announce(&self.instance).await?;
        self.told = Some((self.instance.clone(), now));
        Ok(())
    }
}
