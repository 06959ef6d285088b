//! Records on their way into the stores, many side by side.

use std::time::Duration;

use tokio::task::JoinSet;

use super::{Fates, Listener, Loaded, Progress, Report};
use crate::{Error, Id};

/// How often a call is tried.
const ATTEMPTS: u32 = 10;
/// How long the second attempt waits; each later one waits as much longer.
const PAUSE: Duration = Duration::from_millis(200);

/// How many writes are on their way at a time, to begin with and at least: more, as long as the store keeps up, and fewer
/// when one has to be tried again.
const NARROW: usize = 16;
/// At most: what one commit of the embedded engine takes.
const WIDE: usize = 256;

/// What kind of records a load writes: where they are counted, and how it is told how far it is.
pub(super) struct Tally {
    fates: fn(&mut Report) -> &mut Fates,
    progress: fn(u64, u64) -> Progress,
}

pub(super) const MESSAGES: Tally = Tally { fates: |report| &mut report.messages, progress: Progress::Messages };
pub(super) const FOLLOWS: Tally = Tally { fates: |report| &mut report.follows, progress: Progress::Follows };
pub(super) const POSTS: Tally = Tally { fates: |report| &mut report.posts, progress: Progress::Posts };
pub(super) const LIKES: Tally = Tally { fates: |report| &mut report.likes, progress: Progress::Likes };
pub(super) const PRODUCTS: Tally = Tally { fates: |report| &mut report.products, progress: Progress::Products };

/// A record that was dealt with.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) place: String,
    /// Its id, where it is a post.
    pub(super) post: Option<Id>,
    pub(super) fate: Loaded,
    /// Whether one attempt was enough.
    pub(super) at_once: bool,
}

/// Records of one kind on their way.
pub(super) struct Writing<'a> {
    tasks: JoinSet<Result<Vec<Ended>, Error>>,
    /// How many may be on their way.
    width: usize,
    tally: Tally,
    done: u64,
    all: u64,
    report: &'a mut Report,
    listener: Listener<'a>,
}

impl<'a> Writing<'a> {
    pub(super) fn new(tally: Tally, all: u64, report: &'a mut Report, listener: Listener<'a>) -> Self {
        Self { tasks: JoinSet::new(), width: NARROW, tally, done: 0, all, report, listener }
    }

    /// Begins to write.
    pub(super) fn begin(&mut self, write: impl Future<Output = Result<Vec<Ended>, Error>> + Send + 'static) {
        self.tasks.spawn(write);
    }

    /// Waits until fewer than so many writes are on their way, and no more than the store keeps up with.
    pub(super) async fn make_room(&mut self, width: usize) -> Result<(), Error> {
        while self.tasks.len() >= width || !self.has_room() {
            self.end_one().await?;
        }
        Ok(())
    }

    /// Whether another write may begin.
    pub(super) fn has_room(&self) -> bool {
        self.tasks.len() < self.width
    }

    /// Waits until all is written.
    pub(super) async fn end(mut self) -> Result<(), Error> {
        while !self.end_one().await?.is_empty() {}
        Ok(())
    }

    /// Notes what was dealt with without being written.
    pub(super) fn note(&mut self, place: &str, fate: Loaded) {
        self.done += 1;
        self.report.count(self.tally.fates, place, fate);
    }

    pub(super) fn refuse(&mut self, place: &str, reason: String) {
        self.note(place, Loaded::Refused(reason));
    }

    /// Waits for one write to end; nothing, where none is on its way.
    pub(super) async fn end_one(&mut self) -> Result<Vec<Ended>, Error> {
        let Some(ended) = self.tasks.join_next().await else { return Ok(Vec::new()) };
        let ended = ended.map_err(|error| Error::internal(error.to_string()))??;
        for Ended { place, fate, at_once, .. } in &ended {
            self.note(place, fate.clone());
            self.width = if *at_once { WIDE.min(self.width + 1) } else { NARROW.max(self.width / 2) };
        }
        (self.listener)((self.tally.progress)(self.done, self.all));
        Ok(ended)
    }
}

/// Tries a call again where a store was slow, or where somebody else wrote the same meanwhile: a load that was killed
/// may have left calls on their way. Tells which attempt is the first.
pub(super) async fn again<T, F: Future<Output = Result<T, Error>>>(write: impl Fn(bool) -> F) -> Result<T, Error> {
    for attempt in 1..ATTEMPTS {
        match write(attempt == 1).await {
            Err(Error::Conflict(_) | Error::Overloaded | Error::Timeout) => tokio::time::sleep(PAUSE * attempt).await,
            ended => return ended,
        }
    }
    write(false).await
}
