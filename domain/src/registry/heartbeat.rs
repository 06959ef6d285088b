use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::{Instance, Registry};
use crate::Error;
use crate::model::instance;

/// How often an instance announces itself: well within the time that an announcement counts.
const BEAT: Duration = Duration::from_secs(10);
/// How soon it does where it has something else to say.
const CHANGE: Duration = Duration::from_secs(2);
/// By how much a count may differ for that: being asked how it is, is nothing to tell of.
const SAME: u64 = 1;
/// How long an announcement that is on its way is waited for when the process is to end.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(1);
/// The status of an instance that takes no requests.
const NOT_READY: &str = "not ready";

/// What an instance has to do, as it counts it itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// How many requests it is just answering.
    pub in_flight: u64,
    /// How many requests it has answered since its start.
    pub answered: u64,
    /// Whether it takes requests.
    pub ready: bool,
}

/// The task that announces an instance again and again. It ends when this is dropped; then the instance is taken for
/// gone some seconds later.
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

    /// The instance that it announces, as it was at first.
    #[must_use]
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Whether the task runs.
    #[must_use]
    pub fn is_beating(&self) -> bool {
        !self.task.is_finished()
    }

    /// Ends the task, and takes the instance out of the registry: nobody turns to it from now on.
    ///
    /// # Errors
    /// Where the store does not take it. The instance is taken for gone some seconds later, then.
    pub async fn stop(&self) -> Result<(), Error> {
        self.end.send_replace(true);
        // An announcement that is on its way must not come behind the end. Once the task has ended nobody listens.
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

/// What the task has at hand.
struct HeartbeatTask<L> {
    registry: Registry,
    instance: Instance,
    load: L,
    /// When the requests were counted last, and how many they were.
    counted: Instant,
    answered: u64,
    /// What was announced last, and when.
    told: Option<(Instance, Instant)>,
}

impl<L: Fn() -> Load + Send + Sync + 'static> HeartbeatTask<L> {
    async fn go_on(mut self, mut ended: watch::Receiver<bool>) {
        let mut failing = false;
        while tokio::time::timeout(CHANGE, ended.wait_for(|ended| *ended)).await.is_err() {
            match self.beat().await {
                Ok(()) => failing = false,
                // Once, however long it lasts.
                Err(error) if !failing => {
                    failing = true;
                    tracing::warn!(%error, service = %self.instance.service, "cannot announce this instance; trying on");
                }
                Err(_) => {}
            }
        }
    }

    /// Announces the instance, with what it has to do at this moment, if that is something else or it is time to.
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
                // A little early rather than a beat too late.
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
