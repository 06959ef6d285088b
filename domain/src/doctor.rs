//! A look at whether the stores hold what was written to them.

use std::path::Path;

use crate::installation::{Configuration, Engine, blocking, open_tables};
use crate::store::identity::IdentityStore;
use crate::store::sqlite;
use crate::{Clock, Error, Randomness};

/// What was found in one of the stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Which store: a file's name, or `DynamoDB`.
    pub store: String,
    /// How many items were looked at, where the store has items.
    pub items: Option<u64>,
    /// What is wrong, a line each.
    pub faults: Vec<String>,
    /// What was repaired, a line each.
    pub repaired: Vec<String>,
}

impl Check {
    fn new(store: &str) -> Self {
        Self { store: store.to_owned(), items: None, faults: Vec::new(), repaired: Vec::new() }
    }
}

/// Looks through both stores, beside a running server or without one. Takes as long as to read them. A repair
/// first cuts logs where they are damaged, and keeps what was there beside them: only while nobody else has the
/// installation open.
pub async fn examine(
    configuration: &Configuration,
    repair: bool,
    clock: &Clock,
    randomness: &Randomness,
) -> Vec<Check> {
    let mut identity = Check::new("identity.db");
    let path = configuration.data_folder.join("identity.db");
    if let Err(error) = examine_identity(&path, repair, &mut identity).await {
        identity.faults.push(error.to_string());
    }
    let embedded = configuration.engine == Engine::Embedded;
    let mut items = Check::new(if embedded { "items.db" } else { "DynamoDB" });
    if let Err(error) = examine_items(configuration, repair && embedded, clock, randomness, &mut items).await {
        items.faults.push(error.to_string());
    }
    vec![identity, items]
}

async fn examine_identity(path: &Path, repair: bool, check: &mut Check) -> Result<(), Error> {
    mend_log(path, repair, check).await?;
    let path = path.to_owned();
    let store = blocking(move || IdentityStore::open(&path)).await?;
    check.faults = store.check().await?;
    Ok(())
}

async fn examine_items(
    configuration: &Configuration,
    repair: bool,
    clock: &Clock,
    randomness: &Randomness,
    check: &mut Check,
) -> Result<(), Error> {
    if configuration.engine == Engine::Embedded {
        let path = configuration.data_folder.join("items.db");
        // To open it would make it.
        if matches!(path.try_exists(), Ok(false)) {
            return Err(Error::Unavailable(format!("{} is missing; restore a backup", path.display())));
        }
        mend_log(&path, repair, check).await?;
    }
    let tables = open_tables(configuration, clock, randomness).await?;
    let examination = tables.check().await?;
    check.items = (configuration.engine == Engine::Embedded).then_some(examination.items);
    check.faults = examination.faults;
    Ok(())
}

async fn mend_log(path: &Path, repair: bool, check: &mut Check) -> Result<(), Error> {
    if repair {
        let path = path.to_owned();
        let kept = blocking(move || Ok(sqlite::repair_log(&path)?)).await?;
        check.repaired.extend(kept.map(|kept| format!("the log was cut; what it was is {}", kept.display())));
    }
    Ok(())
}
