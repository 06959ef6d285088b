use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _, HashSet};
use rusqlite::Connection;

use super::find::{Faces, find};
use super::{Holder, StoredAccount, StoredSession, SummariesByName, app_passwords, sessions};
use crate::model::author_summary::AuthorSummary;
use crate::{AccountReference, Id, Username};

/// Maximum number of cached entries of each kind in a connection.
const REMEMBERED: usize = 4_096;

/// A connection for reading, with a cache of what it has read since the database last changed. SQLite reports changes
/// by any process (`PRAGMA data_version`). So the cache is as current as a read.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) connection: Connection,
    memory: Memory,
}

#[derive(Debug, Default)]
struct Memory {
    version: Option<i64>,
    /// `None` for names whose accounts are not active.
    summaries: HashMap<Username, Option<Arc<AuthorSummary>>>,
    /// `None` for names without an account.
    accounts: HashMap<Username, Option<StoredAccount>>,
    /// `None` if there is no such session.
    sessions: HashMap<Id, Option<Arc<StoredSession>>>,
    /// By account and app password, as requested. `None` if either does not exist.
    holders: HashMap<(Id, Option<Id>), Option<Arc<Holder>>>,
}

impl Reader {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, memory: Memory::default() }
    }

    /// Returns the author summaries of the active accounts with these names.
    pub(super) fn summaries(&mut self, names: HashSet<Username>) -> rusqlite::Result<SummariesByName> {
        self.look(|connection, memory| {
            let mut finding = None;
            let mut summaries = SummariesByName::with_capacity(names.len());
            for name in names {
                let summary = if let Some(summary) = memory.summaries.get(&name) {
                    summary.clone()
                } else {
                    let finding = match &mut finding {
                        Some(finding) => finding,
                        none => none.insert(Faces::new(connection)?),
                    };
                    let summary = finding.find(&name)?.map(Arc::new);
                    memory.summaries.insert(name.clone(), summary.clone());
                    summary
                };
                summaries.extend(summary.map(|summary| (name, summary)));
            }
            Ok(summaries)
        })
    }

    /// Returns the account with this name, in any state.
    pub(super) fn account(&mut self, name: Username) -> rusqlite::Result<Option<StoredAccount>> {
        self.look(|connection, memory| {
            if let Some(account) = memory.accounts.get(&name) {
                return Ok(account.clone());
            }
            let account = find(connection, &AccountReference::Name(name.clone()))?;
            memory.accounts.insert(name, account.clone());
            Ok(account)
        })
    }

    /// Returns the session with this id.
    pub(super) fn session(&mut self, id: Id) -> rusqlite::Result<Option<Arc<StoredSession>>> {
        self.look(|connection, memory| {
            if let Some(session) = memory.sessions.get(&id) {
                return Ok(session.clone());
            }
            let session = sessions::by_id(connection, id)?.map(Arc::new);
            memory.sessions.insert(id, session.clone());
            Ok(session)
        })
    }

    /// Returns the account with this id and, if one is named, its app password with that id.
    pub(super) fn holder(&mut self, account: Id, app_password: Option<Id>) -> rusqlite::Result<Option<Arc<Holder>>> {
        self.look(|connection, memory| {
            if let Some(holder) = memory.holders.get(&(account, app_password)) {
                return Ok(holder.clone());
            }
            let holder = app_passwords::holder(connection, account, app_password)?.map(Arc::new);
            memory.holders.insert((account, app_password), holder.clone());
            Ok(holder)
        })
    }

    /// Reads from one snapshot, so that SQLite does not take its locks for each statement.
    fn look<T>(&mut self, read: impl FnOnce(&Connection, &mut Memory) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let mut version = self.connection.prepare_cached("PRAGMA data_version")?;
        // This statement holds the snapshot until it ends.
        let mut held = version.query(())?;
        let version = held.next()?.map(|row| row.get(0)).transpose()?;
        let Memory { summaries, accounts, sessions, holders, .. } = &self.memory;
        let counts = [summaries.len(), accounts.len(), sessions.len(), holders.len()];
        let is_full = counts.into_iter().any(|count| count > REMEMBERED);
        if version != self.memory.version || is_full {
            self.memory = Memory { version, ..Memory::default() };
        }
        read(&self.connection, &mut self.memory)
    }
}
