//! Checks that every message is in all its lists, and that lists contain only messages that exist.

use std::collections::{BTreeSet, HashSet};

use compact_str::CompactString;

use super::lines::{Findings, Lines};
use super::{Check, patiently, pause};
use crate::accounts::AccountState;
use crate::repositories::identity::IdentityStore;
use crate::repositories::messages::{Inspected, MessageStore, Suspect, Verdict};
use crate::{Error, Username};

/// Number of times that a suspect is checked again before it is reported as a fault.
const LOOKS: u32 = 2;
/// Maximum number of names without an account that are tracked.
const STRANGERS: usize = 10_000;

#[derive(Debug, Default)]
struct Found {
    missing: Findings,
    differing: Findings,
    orphans: Findings,
    unreadable: Findings,
    strangers: BTreeSet<CompactString>,
}

/// Checks the table, page by page. Returns the number of items.
pub(super) async fn examine(
    store: &MessageStore,
    identity: &IdentityStore,
    repair: bool,
    check: &mut Check,
) -> Result<u64, Error> {
    let (mut found, mut items, mut after) = (Found::default(), 0, None);
    let ended = loop {
        let page = patiently(async || store.inspect(after.clone()).await).await;
        let mut page = match page {
            Ok(page) => page,
            Err(error) => break Err(error),
        };
        items += page.items;
        after = page.next.take();
        if let Err(error) = examine_page(store, identity, repair, page, &mut found).await {
            break Err(error);
        }
        if after.is_none() {
            break Ok(items);
        }
    };
    found.tell(check);
    ended
}

async fn examine_page(
    store: &MessageStore,
    identity: &IdentityStore,
    repair: bool,
    mut page: Inspected,
    found: &mut Found,
) -> Result<(), Error> {
    for line in std::mem::take(&mut page.unreadable) {
        found.unreadable.fault(line);
    }
    let deleted = names(identity, &page, &mut found.strangers).await?;
    let mut suspects = store.suspects(page, &deleted).await?;
    for _ in 0..LOOKS {
        if suspects.is_empty() {
            return Ok(());
        }
        pause().await;
        suspects = patiently(async || store.again(suspects.clone()).await).await?;
    }
    for suspect in suspects {
        let repaired = repair && patiently(async || store.mend(&suspect).await).await?;
        found.tell_of(&suspect, repaired);
    }
    Ok(())
}

/// Returns the names on a page whose accounts are deleted, and records the parties that have no account.
async fn names(
    identity: &IdentityStore,
    page: &Inspected,
    strangers: &mut BTreeSet<CompactString>,
) -> Result<HashSet<CompactString>, Error> {
    let parties = || page.parties.iter().flat_map(|(_, parties)| parties);
    let mut names: Vec<_> = parties().chain(&page.owners).cloned().collect();
    names.sort_by_key(Username::key);
    names.dedup();
    let states = identity.states(names).await?;
    for name in parties().map(Username::key).filter(|name| !states.contains_key(name)) {
        if strangers.len() < STRANGERS {
            strangers.insert(name);
        }
    }
    let deleted = states.into_iter().filter(|(_, state)| *state == AccountState::Deleted);
    Ok(deleted.map(|(name, _)| name).collect())
}

impl Found {
    fn tell_of(&mut self, suspect: &Suspect, repaired: bool) {
        let Suspect { message, key, verdict, .. } = suspect;
        let list = &key.partition;
        match verdict {
            Verdict::Missing(_) => self.missing.found(format!("message {message} is missing in {list}"), repaired),
            Verdict::Differs(_) => {
                let line = format!("message {message} differs in {list}");
                self.differing.found(line, repaired);
            }
            Verdict::Orphan => {
                let line = format!("{list} has message {message}, which does not exist or does not belong there");
                self.orphans.found(line, repaired);
            }
        }
    }

    fn tell(self, check: &mut Check) {
        self.unreadable.tell("items that cannot be read as messages", check);
        self.missing.tell("messages missing in a list", check);
        self.differing.tell("messages that differ in a list", check);
        self.orphans.tell("messages in lists where they do not belong", check);
        let mut strangers = Lines::default();
        for name in self.strangers {
            // Not repaired: the account is missing, and the other party has the messages, too.
            strangers.add(format!(
                "there are messages of {name} but no account {name}: identity.db may be from an older backup"
            ));
        }
        check.faults.extend(strangers.told("names with messages but no account"));
    }
}
