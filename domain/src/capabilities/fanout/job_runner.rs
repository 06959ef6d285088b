use std::collections::HashSet;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{FanOut, TOGETHER, together};
use crate::background::{Background, Ending};
use crate::repositories::jobs::Job;
use crate::repositories::leases::{Lease, LeaseStore, SHARDS};
use crate::{Error, Id};

/// Number of jobs, or groups of jobs, that run concurrently.
const WIDTH: usize = 16;
/// Polling interval of this process's shards without a notification: other processes may have added jobs.
const QUEUE_POLL_INTERVAL: Duration = Duration::from_millis(500);
/// Interval of lease renewals, well within the lifetime of a lease.
const RENEWAL: Duration = Duration::from_secs(1);
/// Time without a job after which leases are released, so that an idle service writes nothing.
const IDLE: Duration = Duration::from_secs(10);
/// Interval of checks for shards without a lease, while any process holds one.
const SWEEP: Duration = Duration::from_secs(3);
/// The same while no process holds a shard. Then only the first shard can have new jobs, put there by a command.
const QUIET_SWEEP: Duration = Duration::from_secs(8);
/// One in this many sweeps also checks one more shard, in turn: a process may have been killed after adding a job and
/// before taking the lease for it.
const LOOKS_IN_TURN: u32 = 4;
/// The shard for jobs of processes that run none.
const FIRST: u8 = 0;
/// Pause of a slot if the store does not respond, which is not the fault of a job.
const REST: Duration = Duration::from_secs(1);

/// Runs jobs in the background: those of the shards that this process has leased, and those of shards without a
/// lease.
pub(crate) struct JobRunner {
    fan_out: FanOut,
    leases: LeaseStore,
    /// The shard to which this process adds its own jobs.
    own: Option<u8>,
    held: Vec<Lease>,
    /// The time at which there was a job last.
    worked: Instant,
    sweeps: u32,
    running: JoinSet<Vec<Id>>,
    busy: HashSet<Id>,
}

impl JobRunner {
    pub(crate) fn start(background: &Background, fan_out: FanOut, leases: LeaseStore) {
        let runner = Self {
            fan_out,
            leases,
            own: None,
            held: Vec::new(),
            worked: Instant::now(),
            sweeps: 0,
            running: JoinSet::new(),
            busy: HashSet::new(),
        };
        background.start("the timeline jobs", |ending| runner.work(ending));
    }

    /// Works until shutdown, and finishes the running jobs.
    async fn work(mut self, mut ending: Ending) {
        let mut renewal = interval(RENEWAL);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let jobs = self.fan_out.jobs().clone();
        let (mut look, mut sweep) = (Instant::now() + QUEUE_POLL_INTERVAL, Instant::now());
        warn(self.set_shard().await);
        while !ending.has_come() {
            tokio::select! {
                _ = renewal.tick() => warn(self.renew().await),
                () = tokio::time::sleep_until(sweep) => {
                    let pause = self.adopt().await.unwrap_or_else(|error| {
                        warn(Err(error));
                        SWEEP
                    });
                    sweep = Instant::now() + pause;
                }
                Some(done) = self.running.join_next() => self.done(done.ok()),
                () = jobs.wait() => warn(self.set_shard().await),
                () = tokio::time::sleep_until(look) => {}
                () = ending.comes() => {}
            }
            look = Instant::now() + QUEUE_POLL_INTERVAL;
            if self.running.len() < WIDTH {
                self.begin().await;
            }
        }
        while let Some(done) = self.running.join_next().await {
            self.done(done.ok());
        }
        for lease in &self.held {
            let _ = self.leases.give_back(lease).await;
        }
    }

    /// Starts jobs, the oldest first, up to the limit of concurrent ones.
    async fn begin(&mut self) {
        let shards: Vec<_> = self.held.iter().map(|lease| lease.number).collect();
        for shard in shards {
            // An error in one shard must not stop the others.
            warn(self.begin_in(shard).await);
        }
    }

    /// Starts the jobs of a shard that are due. Skips postponed ones: however many they are, others may come after
    /// them.
    async fn begin_in(&mut self, shard: u8) -> Result<(), Error> {
        let now = self.fan_out.clock.now();
        let mut after = None;
        while self.running.len() < WIDTH {
            let page = self.fan_out.jobs().list(shard, after, TOGETHER * WIDTH).await?;
            let mut jobs = page.jobs;
            if !jobs.is_empty() {
                self.worked = Instant::now();
            }
            jobs.retain(|job| !self.busy.contains(&job.id) && job.is_due(now));
            for jobs in together(jobs) {
                if self.running.len() < WIDTH {
                    self.busy.extend(jobs.iter().map(|job| job.id));
                    self.running.spawn(attend(self.fan_out.clone(), jobs));
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn done(&mut self, jobs: Option<Vec<Id>>) {
        match jobs {
            Some(jobs) => self.busy.retain(|job| !jobs.contains(job)),
            // A task has panicked, and it is unknown which. All running jobs may be started twice, which is harmless.
            None => self.busy.clear(),
        }
    }

    /// Renews the leases, or releases them if the process is idle. Drops leases that another process has taken.
    async fn renew(&mut self) -> Result<(), Error> {
        let idle = self.running.is_empty() && self.worked.elapsed() > IDLE;
        for lease in std::mem::take(&mut self.held) {
            if idle {
                self.leases.give_back(&lease).await?;
                continue;
            }
            match self.leases.renew(&lease).await {
                Ok(renewed) => self.held.extend(renewed),
                // The lease is valid until it expires.
                Err(error) => {
                    self.held.push(lease);
                    warn(Err(error));
                }
            }
        }
        Ok(())
    }

    /// Ensures that this process holds a shard for its own jobs. If another process has taken it, leases a different
    /// one. The other process does the jobs that were added to the lost shard.
    async fn set_shard(&mut self) -> Result<(), Error> {
        self.worked = Instant::now();
        if self.own.is_some_and(|own| self.held.iter().any(|lease| lease.number == own)) {
            return Ok(());
        }
        let again = match self.own {
            Some(own) => self.leases.take_one(own).await?,
            None => None,
        };
        let lease = match again {
            Some(lease) => lease,
            // No shard is free, so the processes that hold them do the jobs.
            None if self.leases.free().await?.is_empty() => return Ok(()),
            None => self.leases.take().await?,
        };
        self.own = Some(lease.number);
        self.fan_out.jobs().set_shard(lease.number);
        self.held.push(lease);
        Ok(())
    }

    /// Leases free shards that have jobs, and releases leased ones that have none left, except the own one. The first
    /// sweep checks all free shards, later ones those that may have jobs. Returns the pause until the next sweep.
    async fn adopt(&mut self) -> Result<Duration, Error> {
        let (own, adopted): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.held).into_iter().partition(|lease| Some(lease.number) == self.own);
        self.held = own;
        for lease in adopted {
            if self.fan_out.jobs().has_some(lease.number).await? {
                self.held.push(lease);
            } else {
                self.leases.give_back(&lease).await?;
            }
        }
        let survey = self.leases.survey().await?;
        let sweep = self.sweeps;
        self.sweeps = sweep.wrapping_add(1);
        let in_turn = (sweep.is_multiple_of(LOOKS_IN_TURN)).then_some(sweep / LOOKS_IN_TURN % u32::from(SHARDS.count));
        for shard in survey.free {
            let is_orphaned = survey.orphaned.contains(&shard);
            if sweep > 0 && shard != FIRST && !is_orphaned && in_turn != Some(shard.into()) {
                continue;
            }
            let has_some = self.fan_out.jobs().has_some(shard).await?;
            if !has_some && !is_orphaned {
                continue;
            }
            if let Some(lease) = self.leases.take_one(shard).await? {
                if has_some {
                    self.held.push(lease);
                } else {
                    // Marks it as released, so that it no longer counts as orphaned.
                    self.leases.give_back(&lease).await?;
                }
            }
        }
        Ok(if survey.any_held || !self.held.is_empty() { SWEEP } else { QUIET_SWEEP })
    }
}

/// Runs a group of jobs. Postpones jobs that fail, except if the store is the cause.
async fn attend(fan_out: FanOut, jobs: Vec<Job>) -> Vec<Id> {
    let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
    let (begun, store, clock) = (jobs.clone(), fan_out.jobs().clone(), fan_out.clock.clone());
    // Runs in a task of its own, so that a job that panics is postponed as well.
    let mut task = JoinSet::new();
    task.spawn(async move { fan_out.work(jobs).await });
    let done = match task.join_next().await {
        Some(Err(error)) => Err(Error::internal(error.to_string())),
        Some(Ok(done)) => done,
        None => Ok(()),
    };
    let put_off = match done {
        Ok(()) => Ok(()),
        Err(error) if is_of_the_store(&error) => Err(error),
        Err(error) => store.put_off(begun, &error, clock.now()).await,
    };
    if let Err(error) = put_off {
        tracing::warn!(%error, ?ids, "timeline jobs failed; they will be retried");
        tokio::time::sleep(REST).await;
    }
    ids
}

/// Returns whether an error is caused by the store. Such an error does not count against a job.
fn is_of_the_store(error: &Error) -> bool {
    matches!(
        error,
        Error::Overloaded
            | Error::Timeout
            | Error::Unavailable(_)
            | Error::DiskFull
            | Error::DiskFailed
            | Error::FileLost(_)
    )
}

fn warn(done: Result<(), Error>) {
    if let Err(error) = done {
        tracing::warn!(%error, "cannot run timeline jobs; retrying");
    }
}
