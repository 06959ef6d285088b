//! Loads accounts, delegates, messages, follows, posts, likes and products from a file. The whole file is checked
//! before anything is written. Loading a file twice changes nothing; loading again continues an interrupted load.

mod check;
mod file;
mod record;
mod shapes;
mod source;
mod write;
mod writing;

use std::path::Path;

use serde::Serialize;

use self::source::Source;
use crate::accounts::Administrator;
use crate::{Error, Fault, Installation};

/// The number of records by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Fates {
    /// They are new.
    pub created: u64,
    /// They were there already.
    pub unchanged: u64,
    /// A different record has their name or id, and was left as it is.
    pub refused: u64,
}

/// The result of a load.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Accounts.
    pub accounts: Fates,
    /// Rights to act for an account.
    pub delegates: Fates,
    /// Messages.
    pub messages: Fates,
    /// Follows.
    pub follows: Fates,
    /// Posts, comments and reposts.
    pub posts: Fates,
    /// Likes.
    pub likes: Fates,
    /// Products.
    pub products: Fates,
    /// Why records were refused; the first 100.
    pub refusals: Vec<Refusal>,
}

/// A record that was refused.
#[derive(Debug, Clone, Serialize)]
pub struct Refusal {
    /// The position in the file.
    pub place: String,
    /// What exists instead.
    pub reason: String,
}

/// The outcome of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Loaded {
    /// It is new.
    Created,
    /// It was there already.
    Unchanged,
    /// A different record exists; with the reason.
    Refused(String),
}

/// The progress of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Reading and checking; with the number of records checked.
    Checking(u64),
    /// Hashing passwords and creating this many accounts.
    Accounts(u64),
    /// Messages done, of this many.
    Messages(u64, u64),
    /// Follows done, of this many.
    Follows(u64, u64),
    /// Posts done, of this many.
    Posts(u64, u64),
    /// Likes done, of this many.
    Likes(u64, u64),
    /// Products done, of this many.
    Products(u64, u64),
}

/// Receives the progress of a load.
pub type Listener<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// The maximum number of faults or refusals in a report.
const TOLD: usize = 100;

#[cfg(fuzzing)]
pub(crate) async fn check_only(installation: &Installation, file: &Path) -> Result<(), Error> {
    check::check(installation, &Source::open(file).await?, &|_| {}).await.map(drop)
}

/// Loads a file of JSON or JSON Lines. It is JSON Lines if the name ends in `.jsonl` or `.ndjson`, or if it does not
/// end in `.json` and the file begins with such a line. `-` is standard input. Pipes and FIFOs are copied first, up
/// to 4 GiB. Each record takes some 40 bytes of memory, for checking the records after it.
///
/// # Errors
/// `Invalid` with the faults of the file (the first 100), each with its path or line; then nothing was written.
pub async fn load(
    installation: &Installation,
    administrator: &Administrator,
    file: &Path,
    listener: Listener<'_>,
) -> Result<Report, Error> {
    let source = Source::open(file).await?;
    let checked = check::check(installation, &source, listener).await?;
    let mut report = Report::default();
    let refused = write::accounts(installation, administrator, &checked, &mut report, listener).await?;
    installation.projection.flush().await;
    let writer = write::Writer { installation, source: &source, checked: &checked, refused: &refused, listener };
    writer.messages(&mut report).await?;
    writer.follows(&mut report).await?;
    let refused = writer.posts(&mut report).await?;
    writer.likes(&refused, &mut report).await?;
    writer.products(&mut report).await?;
    Ok(report)
}

impl Report {
    /// Returns how many records were refused.
    #[must_use]
    pub fn refused(&self) -> u64 {
        let social = [self.follows, self.posts, self.likes];
        let fates = [self.accounts, self.delegates, self.messages, self.products].into_iter().chain(social);
        fates.map(|fates| fates.refused).sum()
    }

    fn count(&mut self, fates: impl Fn(&mut Self) -> &mut Fates, place: &str, fate: Loaded) {
        let fates = fates(self);
        match fate {
            Loaded::Created => fates.created += 1,
            Loaded::Unchanged => fates.unchanged += 1,
            Loaded::Refused(reason) => {
                fates.refused += 1;
                self.refuse(place, reason);
            }
        }
    }

    fn refuse(&mut self, place: &str, reason: impl Into<String>) {
        if self.refusals.len() < TOLD {
            self.refusals.push(Refusal { place: place.to_owned(), reason: reason.into() });
        }
    }
}

/// The faults of a file; only the first are kept.
#[derive(Debug, Default)]
struct Faults {
    kept: Vec<Fault>,
    more: u64,
}

impl Faults {
    fn add(&mut self, place: &str, error: Error) -> Result<(), Error> {
        let Error::Invalid(faults) = error else { return Err(error) };
        for fault in faults {
            if self.kept.len() < TOLD {
                let field = if fault.field.is_empty() { place.to_owned() } else { format!("{place}.{}", fault.field) };
                self.kept.push(Fault::new(field, fault.message));
            } else {
                self.more += 1;
            }
        }
        Ok(())
    }

    /// Adds the fault of an unreadable file once: every pass over the file finds it again.
    fn add_of_file(&mut self, error: Error) -> Result<(), Error> {
        let Error::Invalid(faults) = error else { return Err(error) };
        let new: Vec<_> = faults.into_iter().filter(|fault| !self.kept.contains(fault)).collect();
        self.kept.extend(new);
        Ok(())
    }

    fn end(mut self) -> Result<(), Error> {
        // The kinds of records are checked in separate passes.
        self.kept.sort_by_key(|fault| line(&fault.field));
        if self.more > 0 {
            self.kept.push(Fault::new("file", format!("has {} more faults", self.more)));
        }
        if self.kept.is_empty() { Ok(()) } else { Err(Error::Invalid(self.kept)) }
    }
}

/// Returns the line of a place in JSON Lines; `None` for places in lists, which keep their order.
fn line(place: &str) -> Option<u64> {
    place.strip_prefix("line ")?.split([' ', '.']).next()?.parse().ok()
}
