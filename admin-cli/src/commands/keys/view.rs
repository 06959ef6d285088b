use std::fmt;

use serde::Serialize;
use twclone_domain::Timestamp;
use twclone_domain::accounts::PublicKey;

/// The keys, the current signing key first.
#[derive(Debug, Serialize)]
pub(super) struct KeysView {
    keys: Vec<KeyView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct KeyView {
    id: String,
    signs: bool,
    created_at: Timestamp,
    retired_at: Option<Timestamp>,
}

impl From<Vec<PublicKey>> for KeysView {
    fn from(keys: Vec<PublicKey>) -> Self {
        let view = |key: PublicKey| KeyView {
            id: key.id,
            signs: key.retired_at.is_none(),
            created_at: key.created_at,
            retired_at: key.retired_at,
        };
        Self { keys: keys.into_iter().map(view).collect() }
    }
}

impl fmt::Display for KeysView {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:<16}  {:<24}  state", "id", "created")?;
        for key in &self.keys {
            let created = key.created_at.to_string();
            write!(formatter, "\n{:<16}  {created:<24}  ", key.id)?;
            match key.retired_at {
                None => formatter.write_str("signs")?,
                Some(retired) => write!(formatter, "retired {retired}")?,
            }
        }
        Ok(())
    }
}
