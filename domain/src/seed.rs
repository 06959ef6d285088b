//! Loading seed data: accounts, delegates, messages, follows, posts, likes and products from a file, all of which is
//! checked before anything is written. Loading a file twice changes nothing, and an interrupted load is gone on with by loading again.

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

/// How many records had which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Fates {
    /// They are new.
    pub created: u64,
    /// They were there already.
    pub unchanged: u64,
    /// Something else is there under their name or id; it was left as it is.
    pub refused: u64,
}

/// What a load did.
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
    /// Where it stands in the file.
    pub place: String,
    /// What is there instead.
    pub reason: String,
}

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Loaded {
    /// It is new.
    Created,
    /// It was there already.
    Unchanged,
    /// Something else is there; why.
    Refused(String),
}

/// What a load is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Reading and checking; so many records were checked.
    Checking(u64),
    /// Hashing passwords and making this many accounts.
    Accounts(u64),
    /// So many messages of so many were dealt with.
    Messages(u64, u64),
    /// The same of follows.
    Follows(u64, u64),
    /// The same of posts.
    Posts(u64, u64),
    /// The same of likes.
    Likes(u64, u64),
    /// The same of products.
    Products(u64, u64),
}

/// Is told what a load is doing.
pub type Listener<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// How many faults or refusals are told at most.
const TOLD: usize = 100;

#[cfg(fuzzing)]
pub(crate) async fn check_only(installation: &Installation, file: &Path) -> Result<(), Error> {
    check::check(installation, &Source::open(file).await?, &|_| {}).await.map(drop)
}

/// Loads a file: JSON, or JSON Lines where its name ends in `.jsonl` or `.ndjson`, or has another ending than `.json` and
/// the file begins with such a line. `-` is standard input. Pipes and FIFOs are first copied, up to 4 GiB. Memory grows by some 40
/// bytes a message or another record: what is needed to check those behind it.
///
/// # Errors
/// `Invalid` with every fault of the file (the first 100), each with its path or line; nothing was written
/// then.
pub async fn load(
    installation: &Installation,
    administrator: &Administrator,
    file: &Path,
    listener: Listener<'_>,
) -> Result<Report, Error> {
    let source = Source::open(file).await?;
    let checked = check::check(installation, &source, listener).await?;
    let mut report = Report::default();
    let nobody = write::accounts(installation, administrator, &checked, &mut report, listener).await?;
    installation.projection.flush().await;
    let writer = write::Writer { installation, source: &source, checked: &checked, nobody: &nobody, listener };
    writer.messages(&mut report).await?;
    writer.follows(&mut report).await?;
    let refused = writer.posts(&mut report).await?;
    writer.likes(&refused, &mut report).await?;
    writer.products(&mut report).await?;
    Ok(report)
}

impl Report {
    /// How many records were refused.
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

/// Faults of a file, of which only the first are kept.
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

    /// What makes a file unreadable is met twice, when its accounts are read and when its messages are.
    fn add_of_file(&mut self, error: Error) -> Result<(), Error> {
        let Error::Invalid(faults) = error else { return Err(error) };
        let new: Vec<_> = faults.into_iter().filter(|fault| !self.kept.contains(fault)).collect();
        self.kept.extend(new);
        Ok(())
    }

    fn end(mut self) -> Result<(), Error> {
        // Each kind of records is checked by itself.
        self.kept.sort_by_key(|fault| line(&fault.field));
        if self.more > 0 {
            self.kept.push(Fault::new("file", format!("has {} more faults", self.more)));
        }
        if self.kept.is_empty() { Ok(()) } else { Err(Error::Invalid(self.kept)) }
    }
}

/// The line of a place in JSON Lines; places in lists stay in their order.
fn line(place: &str) -> Option<u64> {
    place.strip_prefix("line ")?.split([' ', '.']).next()?.parse().ok()
}
