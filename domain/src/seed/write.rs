use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use tokio::task::JoinSet;

use super::check::Checked;
use super::file::{self, Kind};
use super::record::MessageRecord;
use super::{Listener, Progress, Report};
use crate::accounts::{Account, Administrator, NewGrant, SeedAccount};
use crate::messages::Loaded;
use crate::{AccountReference, Error, Installation, Timestamp};

/// How many pieces of messages are on their way at a time.
const SIDE_BY_SIDE: usize = 2;
/// How many messages a piece has: what one read of a batch takes, with the questions that they answer.
const PIECE: usize = 50;
/// How often a piece is tried.
const ATTEMPTS: u32 = 5;
/// How long the second attempt waits; each later one waits as much longer.
const PAUSE: Duration = Duration::from_millis(200);
/// How many accounts one transaction makes.
const ACCOUNTS: usize = 64;

/// Makes the accounts that are not there, and lets delegates act. Answers the names that nobody has even so, by
/// the form in which they are compared: those of refused accounts.
pub(super) async fn accounts(
    installation: &Installation,
    administrator: &Administrator,
    checked: &Checked,
    report: &mut Report,
    listener: Listener<'_>,
) -> Result<HashSet<String>, Error> {
    let mut nobody = HashSet::new();
    let mut missing = Vec::new();
    for (place, record) in &checked.accounts {
        match stored(installation, &record.account).await? {
            None => missing.push(record.account.clone()),
            Some(found) => match difference(&found, &record.account) {
                None => report.accounts.unchanged += 1,
                Some(reason) => {
                    let name = &record.account.profile.name;
                    nobody.extend(Some(name.key()).filter(|_| found.profile.name != *name));
                    report.accounts.refused += 1;
                    report.refuse(place, reason);
                }
            },
        }
    }
    if !missing.is_empty() {
        listener(Progress::Accounts(missing.len() as u64));
    }
    for piece in missing.chunks(ACCOUNTS) {
        let added = installation.accounts.add(administrator, piece.to_vec()).await?;
        // A name that was taken meanwhile is there: whether it is the same the next load will tell.
        let created = added.iter().filter(|added| **added).count() as u64;
        report.accounts.created += created;
        report.accounts.unchanged += added.len() as u64 - created;
    }
    for (place, record) in &checked.accounts {
        let account = AccountReference::Name(record.account.profile.name.clone());
        for delegate in &record.delegates {
            let delegate = AccountReference::Name(delegate.clone());
            match installation.accounts.add_delegate(administrator, &account, &delegate, NewGrant::default()).await {
                Ok(true) => report.delegates.created += 1,
                Ok(false) => report.delegates.unchanged += 1,
                // One of the two is disabled, or was not made.
                Err(Error::Conflict(reason) | Error::NotFound(reason)) => {
                    report.delegates.refused += 1;
                    report.refuse(place, reason);
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(nobody)
}

/// Adds the messages that are not there, but none from or to `nobody`.
pub(super) async fn messages(
    installation: &Installation,
    path: &Path,
    checked: &Checked,
    nobody: &HashSet<String>,
    report: &mut Report,
    listener: Listener<'_>,
) -> Result<(), Error> {
    let mut writing = Writing { tasks: JoinSet::new(), done: 0, all: checked.messages, report, listener };
    let mut pieces = file::read(path, Kind::Message);
    while let Some(piece) = pieces.recv().await {
        let mut records = piece?.into_iter().peekable();
        while records.peek().is_some() {
            let mut messages = Vec::with_capacity(PIECE);
            for raw in records.by_ref().take(PIECE) {
                let message = checked.message(MessageRecord::read(raw.fields)?)?;
                let names = [Some(&message.from), Some(&message.to), message.sent_by.as_ref()];
                let absent = names.into_iter().flatten().find(|name| nobody.contains(&name.key()));
                match absent.map(|name| format!("the account {name} was refused")) {
                    None => messages.push((raw.place, message)),
                    Some(reason) => writing.refuse(&raw.place, reason),
                }
            }
            if writing.tasks.len() >= SIDE_BY_SIDE {
                writing.end_one().await?;
            }
            let loader = installation.messages.loader();
            writing.tasks.spawn(async move { again(|| loader.load(messages.clone())).await });
        }
    }
    while !writing.tasks.is_empty() {
        writing.end_one().await?;
    }
    Ok(())
}

/// Tries a write again where a store was slow, or where somebody else wrote the same messages meanwhile: a load
/// that was killed may have left calls on their way.
async fn again<T, F: Future<Output = Result<T, Error>>>(write: impl Fn() -> F) -> Result<T, Error> {
    for attempt in 1..ATTEMPTS {
        match write().await {
            Err(Error::Conflict(_) | Error::Overloaded | Error::Timeout) => tokio::time::sleep(PAUSE * attempt).await,
            ended => return ended,
        }
    }
    write().await
}

/// Pieces of messages on their way.
struct Writing<'a> {
    tasks: JoinSet<Result<Vec<(String, Loaded)>, Error>>,
    done: u64,
    all: u64,
    report: &'a mut Report,
    listener: Listener<'a>,
}

impl Writing<'_> {
    fn refuse(&mut self, place: &str, reason: String) {
        self.done += 1;
        count(self.report, place, Loaded::Refused(reason));
    }

    async fn end_one(&mut self) -> Result<(), Error> {
        let Some(fates) = self.tasks.join_next().await else { return Ok(()) };
        let fates = fates.map_err(|error| Error::internal(error.to_string()))??;
        self.done += fates.len() as u64;
        for (place, fate) in fates {
            count(self.report, &place, fate);
        }
        (self.listener)(Progress::Messages(self.done, self.all));
        Ok(())
    }
}

fn count(report: &mut Report, place: &str, fate: Loaded) {
    match fate {
        Loaded::Created => report.messages.created += 1,
        Loaded::Unchanged => report.messages.unchanged += 1,
        Loaded::Refused(reason) => {
            report.messages.refused += 1;
            report.refuse(place, reason);
        }
    }
}

/// The account that stands where this one wants to be: under its name, or under its id.
async fn stored(installation: &Installation, wanted: &SeedAccount) -> Result<Option<Account>, Error> {
    let name = AccountReference::Name(wanted.profile.name.clone());
    let mut found = installation.identity.account(&name).await?;
    if let (None, Some(id)) = (&found, wanted.id) {
        found = installation.identity.account(&AccountReference::Id(id)).await?;
    }
    Ok(found.map(|stored| stored.account))
}

/// What of an account is not as the file has it. Passwords are not compared: their owner may have changed
/// them.
fn difference(found: &Account, wanted: &SeedAccount) -> Option<String> {
    let name = &wanted.profile.name;
    let same_time = |created: Timestamp| created.millis() == found.created_at.millis();
    if found.profile.name != *name {
        Some(format!("the id {} is that of {}", found.id, found.profile.name))
    } else if wanted.id.is_some_and(|id| id != found.id) {
        Some(format!("{name} is there with the id {}", found.id))
    } else if found.profile.email != wanted.profile.email {
        Some(format!("{name} is there with another e-mail address"))
    } else if found.profile.full_name != wanted.profile.full_name {
        Some(format!("{name} is there with another name"))
    } else if found.profile.biography != wanted.profile.biography {
        Some(format!("{name} is there with another bio"))
    } else if !wanted.created_at.is_none_or(same_time) {
        Some(format!("{name} is there, made at another time ({})", found.created_at))
    } else {
        None
    }
}
