use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use compact_str::CompactString;
use rusqlite::Connection;

use super::IdentityStore;
use super::find::{Faces, find};
use crate::accounts::{AccountState, Face};
use crate::{AccountReference, Error, Username};

impl IdentityStore {
    /// The states of the accounts with these names, by the names as they are compared; nothing for a name that nobody
    /// has.
    pub(crate) async fn states(&self, names: Vec<Username>) -> Result<HashMap<CompactString, AccountState>, Error> {
        self.read(move |connection| {
            let mut states = HashMap::new();
            for name in names {
                let key = name.key();
                if let Some(found) = find(connection, &AccountReference::Name(name))? {
                    states.insert(key, found.account.state);
                }
            }
            Ok(states)
        })
        .await
    }

    /// What stands beside what the active accounts with these names write.
    pub(crate) async fn faces(&self, names: HashSet<Username>) -> Result<HashMap<Username, Arc<Face>>, Error> {
        let found = self.readers.run(move |reader| reader.faces(names)).await?;
        found.map_err(super::failure)
    }
}

/// How many faces a thread remembers.
const REMEMBERED: usize = 4_096;

/// A connection that reads, and the faces that it has seen since anything in the database changed. SQLite tells whether
/// it has, whichever process changed it (`PRAGMA data_version`): so what is remembered is as good as what is read.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) connection: Connection,
    version: Option<i64>,
    /// None for names whose accounts are not active.
    faces: HashMap<Username, Option<Arc<Face>>>,
}

impl Reader {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, version: None, faces: HashMap::new() }
    }

    fn faces(&mut self, names: HashSet<Username>) -> rusqlite::Result<HashMap<Username, Arc<Face>>> {
        let mut version = self.connection.prepare_cached("PRAGMA data_version")?;
        // One snapshot for all of them: as long as it has not ended, this statement holds it.
        let mut held = version.query(())?;
        let version = held.next()?.map(|row| row.get(0)).transpose()?;
        let mut finding = None;
        let mut faces = HashMap::with_capacity(names.len());
        if version != self.version || self.faces.len() > REMEMBERED {
            self.faces.clear();
            self.version = version;
        }
        for name in names {
            let face = if let Some(face) = self.faces.get(&name) {
                face.clone()
            } else {
                let finding = match &mut finding {
                    Some(finding) => finding,
                    none => none.insert(Faces::new(&self.connection)?),
                };
                let face = finding.find(&name)?.map(Arc::new);
                self.faces.insert(name.clone(), face.clone());
                face
            };
            faces.extend(face.map(|face| (name, face)));
        }
        Ok(faces)
    }
}
