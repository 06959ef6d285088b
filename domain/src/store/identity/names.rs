use std::collections::HashMap;

use super::IdentityStore;
use super::find::{Faces, find};
use crate::accounts::{AccountState, Face};
use crate::{AccountReference, Error, Username};

impl IdentityStore {
    /// The states of the accounts with these names, by the names as they are compared; nothing for a name that nobody
    /// has.
    pub(crate) async fn states(&self, names: Vec<Username>) -> Result<HashMap<String, AccountState>, Error> {
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

    /// What stands beside what the active accounts with these names write, by the names as they are compared.
    pub(crate) async fn faces(&self, names: Vec<Username>) -> Result<HashMap<String, Face>, Error> {
        self.read(move |connection| {
            // One snapshot for all of them, which spares taking SQLite's locks for each; dropping it ends the read.
            let snapshot = connection.unchecked_transaction()?;
            let mut finding = Faces::new(&snapshot)?;
            let mut faces = HashMap::with_capacity(names.len());
            for name in names {
                faces.extend(finding.find(&name)?.map(|face| (name.key(), face)));
            }
            Ok(faces)
        })
        .await
    }
}
