mod social;

use std::collections::HashSet;

use compact_str::CompactString;

use super::check::Checked;
use super::file::{self, Kind};
use super::record::MessageRecord;
use super::source::Source;
use super::writing::{Ended, MESSAGES, PRODUCTS, Writing, again};
use super::{Listener, Progress, Report};
use crate::accounts::{Account, Administrator, NewGrant, SeedAccount};
use crate::shop::Product;
use crate::{AccountReference, Error, Installation, Timestamp, Username};

/// The number of batches of messages that are written concurrently.
const SIDE_BY_SIDE: usize = 2;
/// The number of messages in a batch: with the questions that they answer, they fit into one batch read.
const PIECE: usize = 50;
/// The number of accounts created in one transaction.
const ACCOUNTS: usize = 64;

/// Creates the missing accounts, and adds delegates. Returns the normalized names that still have no account, because
/// theirs was refused.
pub(super) async fn accounts(
    installation: &Installation,
    administrator: &Administrator,
    checked: &Checked,
    report: &mut Report,
    listener: Listener<'_>,
) -> Result<HashSet<CompactString>, Error> {
    let mut refused = HashSet::new();
    let mut missing = Vec::new();
    for (place, record) in &checked.accounts {
        match stored(installation, &record.account).await? {
            None => missing.push(record.account.clone()),
            Some(found) => match difference(&found, &record.account) {
                None => report.accounts.unchanged += 1,
                Some(reason) => {
                    let name = &record.account.profile.name;
                    refused.extend(Some(name.key()).filter(|_| found.profile.name != *name));
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
        // A name that was taken in the meantime counts as unchanged: the next load compares it.
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
                // One of the two is disabled, or was not created.
                Err(Error::Conflict(reason) | Error::NotFound(reason)) => {
                    report.delegates.refused += 1;
                    report.refuse(place, reason);
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(refused)
}

/// Writes everything but accounts.
pub(super) struct Writer<'a> {
    pub(super) installation: &'a Installation,
    pub(super) source: &'a Source,
    pub(super) checked: &'a Checked,
    /// The names in the file that have no account because it was refused: nothing is written for them.
    pub(super) refused: &'a HashSet<CompactString>,
    pub(super) listener: Listener<'a>,
}

impl Writer<'_> {
    /// Adds the missing messages.
    pub(super) async fn messages(&self, report: &mut Report) -> Result<(), Error> {
        let mut writing = Writing::new(MESSAGES, self.checked.messages, report, self.listener);
        let mut pieces = file::read(self.source, Kind::Message);
        while let Some(piece) = pieces.recv().await {
            let mut records = piece?.into_iter().peekable();
            while records.peek().is_some() {
                let mut messages = Vec::with_capacity(PIECE);
                for raw in records.by_ref().take(PIECE) {
                    let message = self.checked.message(MessageRecord::read(raw.fields?)?)?;
                    match self.absent([Some(&message.from), Some(&message.to), message.sent_by.as_ref()]) {
                        None => messages.push((raw.place, message)),
                        Some(reason) => writing.refuse(&raw.place, reason),
                    }
                }
                writing.make_room(SIDE_BY_SIDE).await?;
                let loader = self.installation.messages.loader();
                writing.begin(async move {
                    let loaded = again(|_| loader.load(messages.clone())).await?;
                    Ok(loaded
                        .into_iter()
                        .map(|(place, fate)| Ended { place, post: None, fate, at_once: true })
                        .collect())
                });
            }
        }
        writing.end().await
    }

    /// Adds the missing products.
    pub(super) async fn products(&self, report: &mut Report) -> Result<(), Error> {
        let mut writing = Writing::new(PRODUCTS, self.checked.products, report, self.listener);
        let mut pieces = file::read(self.source, Kind::Product);
        while self.checked.products > 0
            && let Some(piece) = pieces.recv().await
        {
            for raw in piece? {
                let product = Product::read(raw.fields?)?;
                let loader = self.installation.shop.loader();
                writing.make_room(usize::MAX).await?;
                writing.begin(async move {
                    let fate = again(|_| loader.load(&product)).await?;
                    Ok(vec![Ended { place: raw.place, post: None, fate, at_once: true }])
                });
            }
        }
        writing.end().await
    }

    /// Returns why nothing is written for these names, if one of them has no account.
    fn absent<const N: usize>(&self, names: [Option<&Username>; N]) -> Option<String> {
        let absent = names.into_iter().flatten().find(|name| self.refused.contains(&name.key()))?;
        Some(format!("the account {absent} was refused"))
    }
}

/// Returns the account that has the wanted name or, if there is none, the wanted id.
async fn stored(installation: &Installation, wanted: &SeedAccount) -> Result<Option<Account>, Error> {
    let name = AccountReference::Name(wanted.profile.name.clone());
    let mut found = installation.identity.account(&name).await?;
    if let (None, Some(id)) = (&found, wanted.id) {
        found = installation.identity.account(&AccountReference::Id(id)).await?;
    }
    Ok(found.map(|stored| stored.account))
}

/// Returns how an account differs from the file. Passwords are not compared: their owners may have changed them.
fn difference(found: &Account, wanted: &SeedAccount) -> Option<String> {
    let name = &wanted.profile.name;
    let same_time = |created: Timestamp| created.millis() == found.created_at.millis();
    if found.profile.name != *name {
        Some(format!("the id {} belongs to {}", found.id, found.profile.name))
    } else if wanted.id.is_some_and(|id| id != found.id) {
        Some(format!("{name} exists with the id {}", found.id))
    } else if found.profile.email != wanted.profile.email {
        Some(format!("{name} exists with another e-mail address"))
    } else if found.profile.full_name != wanted.profile.full_name {
        Some(format!("{name} exists with another name"))
    } else if found.profile.biography != wanted.profile.biography {
        Some(format!("{name} exists with another bio"))
    } else if !wanted.created_at.is_none_or(same_time) {
        Some(format!("{name} exists, created at another time ({})", found.created_at))
    } else {
        None
    }
}
