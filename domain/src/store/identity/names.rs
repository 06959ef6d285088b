use std::collections::HashMap;

use super::IdentityStore;
use super::find::find;
use crate::accounts::AccountState;
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
}
