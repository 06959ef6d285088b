//! Writes records to the stores concurrently.

use tokio::task::JoinSet;

use super::{Fates, Listener, Loaded, Progress, Report};
use crate::{Error, Id};
use item_store::retry::COMMAND;

/// The initial and the minimum number of concurrent writes. The number rises while the store keeps up, and falls when
/// a write has to be retried.
const NARROW: usize = 16;
/// The maximum: what one commit of the embedded engine takes.
const WIDE: usize = 256;

/// How a kind of records is counted, and how its progress is reported.
pub(super) struct Tally {
    fates: fn(&mut Report) -> &mut Fates,
    progress: fn(u64, u64) -> Progress,
}

pub(super) const MESSAGES: Tally = Tally { fates: |report| &mut report.messages, progress: Progress::Messages };
pub(super) const FOLLOWS: Tally = Tally { fates: |report| &mut report.follows, progress: Progress::Follows };
pub(super) const POSTS: Tally = Tally { fates: |report| &mut report.posts, progress: Progress::Posts };
pub(super) const LIKES: Tally = Tally { fates: |report| &mut report.likes, progress: Progress::Likes };
pub(super) const PRODUCTS: Tally = Tally { fates: |report| &mut report.products, progress: Progress::Products };

/// A record that is done.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) place: String,
    /// The id, if it is a post.
    pub(super) post: Option<Id>,
    pub(super) fate: Loaded,
    /// Whether the first attempt succeeded.
    pub(super) at_once: bool,
}

/// The concurrent writes of one kind of records.
pub(super) struct Writing<'a> {
    tasks: JoinSet<Result<Vec<Ended>, Error>>,
    /// The allowed number of concurrent writes.
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

    /// Starts a write.
    pub(super) fn begin(&mut self, write: impl Future<Output = Result<Vec<Ended>, Error>> + Send + 'static) {
        self.tasks.spawn(write);
    }

    /// Waits until fewer than `width` writes are running, and another one may start.
    pub(super) async fn make_room(&mut self, width: usize) -> Result<(), Error> {
        while self.tasks.len() >= width || !self.has_room() {
            self.end_one().await?;
        }
        Ok(())
    }

    /// Whether another write may start.
    pub(super) fn has_room(&self) -> bool {
        self.tasks.len() < self.width
    }

    /// Waits until everything is written.
    pub(super) async fn end(mut self) -> Result<(), Error> {
        while !self.end_one().await?.is_empty() {}
        Ok(())
    }

    /// Counts a record that is done without a write.
    pub(super) fn note(&mut self, place: &str, fate: Loaded) {
        self.done += 1;
        self.report.count(self.tally.fates, place, fate);
    }

    pub(super) fn refuse(&mut self, place: &str, reason: String) {
        self.note(place, Loaded::Refused(reason));
    }

    /// Waits for one write to end. Returns nothing if none is running.
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

/// Retries a call if a store was slow or a concurrent call conflicted: a killed load may have left calls running. The
/// argument of `write` is whether this is the first attempt.
pub(super) async fn again<T, F: Future<Output = Result<T, Error>>>(write: impl Fn(bool) -> F) -> Result<T, Error> {
    let is_temporary = |error: &Error| error.is_busy() || matches!(error, Error::Conflict(_));
    COMMAND.run(is_temporary, |failures| write(failures == 0)).await
}
