//! An installation in this process, for what no route reports, and to measure its jobs by themselves.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use twclone_domain::accounts::{Caller, Limits, Origin, Password, SignUps};
use twclone_domain::posts::NewPost;
use twclone_domain::{Clock, Configuration, Engine, Installation, Randomness};

use crate::subject::server::{Data, PUSHED_BELOW};
use crate::{Failure, people};

/// How often to check whether all posts have been brought.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How long that may take.
const TIMEOUT: Duration = Duration::from_mins(5);

/// The installation.
#[derive(Debug)]
pub struct Opened {
    runtime: Runtime,
    installation: Arc<Installation>,
}

impl Opened {
    /// Opens the installation. It runs jobs if `working` is set; otherwise other processes may run them.
    pub fn open(data: &Data, working: bool, clock: Clock, randomness: Randomness) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let configuration = Configuration {
            data_folder: data.folder.clone(),
            engine: Engine::Embedded,
            table_prefix: "twclone-".to_owned(),
            bcrypt_cost: 4,
            limits: Limits::default(),
            sign_ups: SignUps::Open,
            fan_out_threshold: PUSHED_BELOW,
            create_tables: true,
        };
        let installation = runtime.block_on(Installation::open(configuration, clock, randomness))?;
        if working {
            let _inside = runtime.enter();
            installation.start_jobs();
        }
        Ok(Self { runtime, installation: Arc::new(installation) })
    }

    /// Returns how many jobs wait or are running.
    pub fn lag(&self) -> Result<u64, Failure> {
        let (timelines, administrator) = (&self.installation.timelines, self.installation.administrator());
        Ok(self.runtime.block_on(timelines.lag(&administrator))?.waiting)
    }

    /// Waits until all posts have been brought to their timelines.
    pub fn caught_up(&self) -> Result<(), Failure> {
        let begin = Instant::now();
        while self.lag()? > 0 {
            if begin.elapsed() > TIMEOUT {
                return Err("the timeline jobs do not end".into());
            }
            std::thread::sleep(POLL_INTERVAL);
        }
        Ok(())
    }

    /// Waits until this many people have a profile in the item store. Profiles are written after their accounts.
    pub fn profiles_are_there(&self, people: u64) -> Result<(), Failure> {
        let begin = Instant::now();
        loop {
            let status = self.runtime.block_on(self.installation.status(&self.installation.administrator()))?;
            let graph = status.tables.iter().find(|table| table.name.ends_with("graph"));
            if graph.is_some_and(|graph| graph.items >= people) {
                return Ok(());
            }
            if begin.elapsed() > TIMEOUT {
                return Err("the profiles do not come".into());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Authenticates one of the people who have passwords.
    pub fn caller(&self, person: u64) -> Result<Caller, Failure> {
        let origin = Origin { request_id: "bench".to_owned(), address: None, user_agent: None };
        let password = Password::new(people::password(person));
        let accounts = &self.installation.accounts;
        Ok(self.runtime.block_on(accounts.authenticate(&people::name(person), password, &origin))?)
    }

    /// Creates a number of posts, all in parallel.
    pub fn post(&self, caller: &Caller, posts: u64) -> Result<(), Failure> {
        let mut under_way = JoinSet::new();
        for number in 0..posts {
            let (installation, caller) = (Arc::clone(&self.installation), caller.clone());
            let new = NewPost { author: None, text: people::draft(number).text.parse()?, once: None };
            let post = async move { installation.posts.create(&caller, new).await.map(drop) };
            under_way.spawn_on(post, self.runtime.handle());
        }
        while let Some(ended) = self.runtime.block_on(under_way.join_next()) {
            ended??;
        }
        Ok(())
    }
}

impl Drop for Opened {
    /// Releases the worker number and the shards.
    fn drop(&mut self) {
        let _ = self.runtime.block_on(self.installation.close());
    }
}
