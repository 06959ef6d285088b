//! Checks that the stores contain what was written to them and that they are consistent with each other.

mod counters;
mod deletions;
mod epoch;
mod files;
mod jobs;
mod lines;
mod messages;
mod platform;
mod posts;
mod profiles;
mod shop;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::epoch::Epoch;
use crate::installation::{Configuration, Engine, blocking, open_tables, require_file};
use crate::repositories::identity::IdentityStore;
use crate::repositories::jobs::JobStore;
use crate::repositories::messages::MessageStore;
use crate::repositories::posts::PostStore;
use crate::repositories::profiles::ProfileStore;
use crate::repositories::shop::ShopStore;
use crate::{Clock, Error, Randomness};
use item_store::retry::COMMAND;
use item_store::{Tables, sqlite};

/// Pause before a suspect is checked again.
const PAUSE: Duration = Duration::from_millis(250);

/// The findings for one of the stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The store: a file name or `DynamoDB`; or `files` for file permissions and keys.
    pub store: String,
    /// The number of items that were checked, if the store has items.
    pub items: Option<u64>,
    /// The schema version of the database file, if the store is one.
    pub version: Option<Version>,
    /// The faults, one line each.
    pub faults: Vec<String>,
    /// The repairs, one line each.
    pub repaired: Vec<String>,
    /// Remarks that are not faults, one line each.
    pub notes: Vec<String>,
}

/// The schema version of a database file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// The version found in the file. Opening the file upgrades an older one.
    pub found: usize,
    /// The version of this twclone.
    pub known: usize,
}

impl Check {
    fn new(store: &str) -> Self {
        let (faults, repaired, notes) = (Vec::new(), Vec::new(), Vec::new());
        Self { store: store.to_owned(), items: None, version: None, faults, repaired, notes }
    }

    /// Records the error as a fault if a check could not be done.
    fn ended<T>(&mut self, looked: Result<T, Error>) -> Option<T> {
        looked.map_err(|error| self.faults.push(error.to_string())).ok()
    }
}

/// Checks both stores, with or without a running server. Takes as long as reading them.
///
/// A repair first truncates write-ahead logs where they are damaged and keeps a copy of the original next to them.
/// This requires that no other process has the installation open. Then it restores consistency from the authoritative
/// data: copies of a message from the message, a profile from its account, a counter from what it counts. Remains of
/// deleted accounts are removed.
pub async fn examine(
    configuration: &Configuration,
    repair: bool,
    clock: &Clock,
    randomness: &Randomness,
) -> Vec<Check> {
    let folder = &configuration.data_folder;
    let mut files = Check::new("files");
    let looked = files::examine(folder, repair, &mut files).await;
    files.ended(looked);
    let mut identity = Check::new("identity.db");
    let opened = examine_identity(&folder.join("identity.db"), repair, &mut identity).await;
    let accounts = identity.ended(opened).map(Arc::new);
    if let Some(accounts) = &accounts {
        let looked = files::examine_signing_key(folder, accounts, &mut files).await;
        files.ended(looked);
    }
    let mut items = Check::new(if configuration.engine == Engine::Embedded { "items.db" } else { "DynamoDB" });
    let opened = examine_items(configuration, repair, clock, randomness, &mut items).await;
    if let Some(tables) = items.ended(opened) {
        let looked = examine_contents(&tables, accounts.as_ref(), repair, (clock, randomness), &mut items).await;
        items.ended(looked);
    }
    vec![identity, items, files]
}

async fn examine_identity(path: &Path, repair: bool, check: &mut Check) -> Result<IdentityStore, Error> {
    mend_log(path, repair, check).await?;
    let file = path.to_owned();
    check.version = versions(move || IdentityStore::versions(&file)).await;
    let path = path.to_owned();
    let store = blocking(move || IdentityStore::open(&path)).await?;
    check.faults = store.check().await?;
    Ok(store)
}

async fn examine_items(
    configuration: &Configuration,
    repair: bool,
    clock: &Clock,
    randomness: &Randomness,
    check: &mut Check,
) -> Result<Tables, Error> {
    let embedded = configuration.engine == Engine::Embedded;
    if embedded {
        let path = configuration.data_folder.join("items.db");
        require_file(&path)?;
        mend_log(&path, repair, check).await?;
        check.version = versions(move || Ok(Tables::embedded_versions(&path)?)).await;
    }
    let tables = open_tables(configuration, clock, randomness).await?;
    if repair {
        let made = tables.create_tables().await?;
        check.repaired.extend(made.into_iter().map(|table| format!("the table {table} was created")));
    }
    let examination = tables.check().await?;
    check.items = embedded.then_some(examination.items);
    check.faults = examination.faults;
    Ok(tables)
}

/// Checks the contents of the items, unless the items themselves are damaged.
async fn examine_contents(
    tables: &Tables,
    accounts: Option<&Arc<IdentityStore>>,
    repair: bool,
    (clock, randomness): (&Clock, &Randomness),
    check: &mut Check,
) -> Result<(), Error> {
    let is_sound = check.faults.is_empty();
    jobs::examine(&JobStore::new(tables.clone()), repair && is_sound, check).await?;
    if !is_sound {
        check.notes.push("consistency was not checked, because there are faults".to_owned());
        return Ok(());
    }
    let mut items = platform::examine(tables, clock.now(), repair, check).await?;
    let Some(accounts) = accounts else {
        check.notes.push("consistency was not checked, because the accounts cannot be read".to_owned());
        return Ok(());
    };
    deletions::examine_forgotten(accounts, tables, repair, (clock, randomness), check).await?;
    let epoch = Epoch::new(Arc::clone(accounts), tables);
    let profiles = ProfileStore::new(tables.clone());
    items += profiles::examine(accounts, &profiles, epoch.clone(), repair, check).await?;
    deletions::examine(accounts, tables, repair, (clock, randomness), check).await?;
    counters::examine(accounts, &profiles, repair, check).await?;
    items += posts::examine(&PostStore::new(tables.clone(), JobStore::new(tables.clone())), repair, check).await?;
    items += shop::examine(&ShopStore::new(tables.clone()), accounts, repair, check).await?;
    items += messages::examine(&MessageStore::new(tables.clone()), accounts, repair, check).await?;
    epoch::examine(&epoch, repair, randomness, check).await?;
    check.items.get_or_insert(items);
    Ok(())
}

async fn versions(read: impl FnOnce() -> Result<(usize, usize), Error> + Send + 'static) -> Option<Version> {
    // If it cannot be read, opening the file reports why.
    blocking(read).await.ok().map(|(found, known)| Version { found, known })
}

async fn mend_log(path: &Path, repair: bool, check: &mut Check) -> Result<(), Error> {
    if repair {
        let path = path.to_owned();
        let kept = blocking(move || Ok(sqlite::repair_log(&path)?)).await?;
        check
            .repaired
            .extend(kept.map(|kept| format!("the write-ahead log was truncated; a copy is in {}", kept.display())));
    }
    Ok(())
}

/// Retries a call while the store is busy.
async fn patiently<T>(call: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
    COMMAND.run(Error::is_busy, |_| call()).await
}

async fn pause() {
    tokio::time::sleep(PAUSE).await;
}
