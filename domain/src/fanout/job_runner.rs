use std::collections::HashSet;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{FanOut, TOGETHER, together};
use crate::background::{Background, Ending};
use crate::repositories::jobs::Job;
use crate::repositories::leases::{Lease, LeaseStore, SHARDS};
use crate::{Error, Id};

/// How many jobs, or such as go together, are done side by side.
const WIDTH: usize = 16;
/// How often the shards held here are looked at where nobody rings: other processes may have put jobs there.
const QUEUE_POLL_INTERVAL: Duration = Duration::from_millis(500);
/// How often leases are renewed: well within the time that they hold.
const RENEWAL: Duration = Duration::from_secs(1);
/// After how long without a job leases are given back, so that a service that does nothing writes nothing.
const IDLE: Duration = Duration::from_secs(10);
/// How often shards are looked for that nobody holds, while any process holds one.
const SWEEP: Duration = Duration::from_secs(3);
/// The same while none does: then there is nothing to take over but what a command puts into the first shard.
const QUIET_SWEEP: Duration = Duration::from_secs(8);
/// One in so many sweeps looks at one more shard, in turn: a process may have been killed between putting a job down and
/// taking the lease for it.
const LOOKS_IN_TURN: u32 = 4;
/// The shard that takes the jobs of processes that do none.
const FIRST: u8 = 0;
/// How long a slot rests where the store does not answer, which is not the fault of a job.
const REST: Duration = Duration::from_secs(1);

/// Runs the jobs of the shards that this process has leased, and those of shards without a lease, in the background.
pub(crate) struct JobRunner {
    fan_out: FanOut,
    leases: LeaseStore,
    /// Where this process puts its own jobs.
    own: Option<u8>,
    held: Vec<Lease>,
    /// When there was a job last.
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
        background.start("the jobs of the timelines", |ending| runner.work(ending));
    }

    /// Works until the end comes; then until what is being done is done.
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

    /// Begins jobs, the oldest first, as many as can be done side by side.
    async fn begin(&mut self) {
        let shards: Vec<_> = self.held.iter().map(|lease| lease.number).collect();
        for shard in shards {
            // What is wrong with one is no matter of the others.
            warn(self.begin_in(shard).await);
        }
    }

    /// Those that rest are passed over: however many they are, others stand behind them.
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
            // One has panicked, and nobody knows which: all that runs may be begun twice, which harms nothing.
            None => self.busy.clear(),
        }
    }

    /// Renews the leases, or gives them back where nothing has been to be done. What somebody else has now is his.
    async fn renew(&mut self) -> Result<(), Error> {
        let idle = self.running.is_empty() && self.worked.elapsed() > IDLE;
        for lease in std::mem::take(&mut self.held) {
            if idle {
                self.leases.give_back(&lease).await?;
                continue;
            }
            match self.leases.renew(&lease).await {
                Ok(renewed) => self.held.extend(renewed),
                // Until it runs out, it may still be had.
                Err(error) => {
                    self.held.push(lease);
                    warn(Err(error));
                }
            }
        }
        Ok(())
    }

    /// Sees to it that this process holds the shard that it puts its own jobs into; where somebody else has it, another
    /// one. What was put into the one before is his to do.
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
            // Then those who hold them do the jobs.
            None if self.leases.free().await?.is_empty() => return Ok(()),
            None => self.leases.take().await?,
        };
        self.own = Some(lease.number);
        self.fan_out.jobs().set_shard(lease.number);
        self.held.push(lease);
        Ok(())
    }

    /// Takes on shards that nobody holds and that have jobs, and gives back those taken on that have none any more. The
    /// first time it looks at all of them, later at those that may have some. Answers when to do so again.
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
                    // So that it is known not to have any.
                    self.leases.give_back(&lease).await?;
                }
            }
        }
        Ok(if survey.any_held || !self.held.is_empty() { SWEEP } else { QUIET_SWEEP })
    }
}

/// Does jobs that go together. What fails is put off; where the store is away, it stays as it is.
async fn attend(fan_out: FanOut, jobs: Vec<Job>) -> Vec<Id> {
    let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
    let (begun, store, clock) = (jobs.clone(), fan_out.jobs().clone(), fan_out.clock.clone());
    // In a task of its own: one that panics rests as well.
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
        tracing::warn!(%error, ?ids, "jobs of the timelines failed; they are tried again");
        tokio::time::sleep(REST).await;
    }
    ids
}

/// Whether an error concerns all jobs alike: then it does not count against one of them.
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
        tracing::warn!(%error, "cannot look after the jobs of the timelines; trying on");
    }
}
