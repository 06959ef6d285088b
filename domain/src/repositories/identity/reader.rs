use std::hash::Hash;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _, HashSet};
use rusqlite::Connection;

use super::find::{Faces, find};
use super::{Holder, StoredAccount, StoredSession, SummariesByName, app_passwords, sessions};
use crate::model::author_summary::AuthorSummary;
use crate::{AccountReference, Id, Username};

/// Maximum number of cached entries of each kind in a connection.
const REMEMBERED: usize = 4_096;

/// What a connection has read since the database last changed.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// `None` for names whose accounts are not active.
    summaries: HashMap<Username, Option<Arc<AuthorSummary>>>,
    /// `None` for names without an account.
    accounts: HashMap<Username, Option<StoredAccount>>,
    /// `None` if there is no such session.
    sessions: HashMap<Id, Option<Arc<StoredSession>>>,
    /// By account and app password, as requested. `None` if either does not exist.
    holders: HashMap<(Id, Option<Id>), Option<Arc<Holder>>>,
}

impl Memory {
    /// Returns the author summaries of the active accounts with these names.
    pub(super) fn summaries(
        &mut self,
        connection: &Connection,
        names: HashSet<Username>,
    ) -> rusqlite::Result<SummariesByName> {
        let mut finding = None;
        let mut summaries = SummariesByName::with_capacity(names.len());
        for name in names {
            let summary = if let Some(summary) = self.summaries.get(&name) {
                summary.clone()
            } else {
                let finding = match &mut finding {
                    Some(finding) => finding,
                    none => none.insert(Faces::new(connection)?),
                };
                remember(&mut self.summaries, name.clone(), finding.find(&name)?.map(Arc::new))
            };
            summaries.extend(summary.map(|summary| (name, summary)));
        }
        Ok(summaries)
    }

    /// Returns the account with this name, in any state.
    pub(super) fn account(
        &mut self,
        connection: &Connection,
        name: Username,
    ) -> rusqlite::Result<Option<StoredAccount>> {
        remembered(&mut self.accounts, name, |name| find(connection, &AccountReference::Name(name.clone())))
    }

    /// Returns the session with this id.
    pub(super) fn session(&mut self, connection: &Connection, id: Id) -> rusqlite::Result<Option<Arc<StoredSession>>> {
        remembered(&mut self.sessions, id, |id| Ok(sessions::by_id(connection, *id)?.map(Arc::new)))
    }

    /// Returns the account with this id and, if one is named, its app password with that id.
    pub(super) fn holder(
        &mut self,
        connection: &Connection,
        account: Id,
        app_password: Option<Id>,
    ) -> rusqlite::Result<Option<Arc<Holder>>> {
        remembered(&mut self.holders, (account, app_password), |(account, app_password)| {
            Ok(app_passwords::holder(connection, *account, *app_password)?.map(Arc::new))
        })
    }
}

fn remembered<K: Eq + Hash, V: Clone>(
    memory: &mut HashMap<K, V>,
    key: K,
    read: impl FnOnce(&K) -> rusqlite::Result<V>,
) -> rusqlite::Result<V> {
    if let Some(value) = memory.get(&key) {
        return Ok(value.clone());
    }
    let value = read(&key)?;
    Ok(remember(memory, key, value))
}

fn remember<K: Eq + Hash, V: Clone>(memory: &mut HashMap<K, V>, key: K, value: V) -> V {
    if memory.len() >= REMEMBERED {
        memory.clear();
    }
    memory.insert(key, value.clone());
    value
}
