//! An installation: its two open stores, and all operations on them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::accounts::{Accounts, Administrator, Limits, Origin, SignUps, SigningKeys};
use crate::background::Background;
use crate::deletion::{AccountPurge, Deletions, Removal};
use crate::epoch::Epoch;
use crate::fanout::{FanOut, JobRunner};
use crate::graph::Graph;
use crate::messages::Messages;
use crate::posts::Posts;
use crate::projection::{Outbox, Projection};
use crate::registry::Registry;
use crate::repositories::Stores;
use crate::repositories::files;
use crate::repositories::identity::IdentityStore;
use crate::repositories::jobs::JobFailures;
use crate::repositories::kept::KeptStore;
use crate::repositories::leases::{self, LeaseStore};
use crate::repositories::profiles::ProfileStore;
use crate::shop::Shop;
use crate::timelines::Timelines;
use crate::visibility::Visibility;
use crate::worker::Worker;
use crate::{Clock, Error, Randomness};
use item_store::api::TableStatus;
use item_store::{DynamoDbTarget, StoreCalls, Tables};

/// The timeout of every call to the item store.
const DEADLINE: Duration = Duration::from_millis(2_500);

/// The store of the items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// Files in the data folder.
    Embedded,
    /// A server with DynamoDB's API, at this address.
    Endpoint(String),
    /// Amazon DynamoDB, with the region and credentials that every AWS tool finds.
    Amazon,
}

/// The configuration of an installation.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// The folder with `identity.db`, `items.db` and the signing keys.
    pub data_folder: PathBuf,
    /// The store of the items.
    pub engine: Engine,
    /// The prefix of all table names.
    pub table_prefix: String,
    /// bcrypt's cost: 4–31; 12 is usual.
    pub bcrypt_cost: u32,
    /// The rate limits.
    pub limits: Limits,
    /// Who may create accounts.
    pub sign_ups: SignUps,
    /// The follower count from which an author's posts are pulled when timelines are read, instead of pushed.
    pub fan_out_threshold: u64,
    /// Whether missing tables are created in Amazon DynamoDB. Engines that cost nothing always create them.
    pub create_tables: bool,
}

/// An open installation.
#[derive(Debug)]
pub struct Installation {
    /// Accounts.
    pub accounts: Arc<Accounts>,
    /// Direct messages.
    pub messages: Messages,
    /// Posts, comments, reposts, likes.
    pub posts: Posts,
    /// Follows, mutes and blocks.
    pub graph: Graph,
    /// Timelines.
    pub timelines: Timelines,
    /// Products and carts.
    pub shop: Shop,
    /// The removal of what deleted accounts wrote.
    pub deletions: Deletions,
    /// The running instances of the services.
    pub registry: Registry,
    /// The tables that were created on opening.
    pub created_tables: Vec<String>,
    pub(crate) identity: Arc<IdentityStore>,
    pub(crate) tables: Tables,
    engine: Engine,
    pub(crate) projection: Projection,
    worker: Worker,
    background: Background,
    fan_out: FanOut,
    background_tables: Tables,
    leases: LeaseStore,
    randomness: Randomness,
}

/// Whether everything that requests need is available.
#[derive(Debug)]
pub struct Readiness {
    /// SQLite responds, and its threads run.
    pub identity: Result<(), Error>,
    /// DynamoDB or the embedded engine responds, and its writer runs.
    pub items: Result<(), Error>,
    /// Ids can be made.
    pub ids: Result<(), Error>,
    /// Access tokens can be signed.
    pub signing_key: Result<(), Error>,
    /// The background tasks that have ended, which they should only do when the process ends.
    pub ended_tasks: Vec<&'static str>,
}

impl Readiness {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        [&self.identity, &self.items, &self.ids, &self.signing_key].iter().all(|part| part.is_ok())
            && self.ended_tasks.is_empty()
    }
}

/// The engine, its tables, and the number of accounts.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// `embedded`, `amazon`, or the address.
    pub engine: String,
    /// The tables of the item store.
    pub tables: Vec<TableStatus>,
    /// The number of accounts in each state.
    pub accounts: Vec<(String, u64)>,
}

impl Installation {
    /// Opens an installation. Creates the data folder (mode 0700), both databases and the signing key if they are
    /// missing; a lost signing key is replaced, with a warning. Starts a task that renews the lease on a worker
    /// number, and one that copies the public part of accounts to the item store.
    ///
    /// # Errors
    /// `Unavailable`, with a text that says what to do, if a store cannot be opened, a table is missing, others may
    /// open what is for the owner only, or one store is older than the other.
    pub async fn open(configuration: Configuration, clock: Clock, randomness: Randomness) -> Result<Self, Error> {
        let folder = configuration.data_folder.clone();
        blocking(move || files::secure(&folder)).await?;
        let tables = open_tables(&configuration, &clock, &randomness).await?;
        Self::open_on(configuration, tables, clock, randomness).await
    }

    /// Refuses to replace a lost store: there are accounts without the file of their items, or items without
    /// `identity.db`. A server must call this before it opens an installation, since opening creates missing files.
    /// Opens no store if both files exist, or neither.
    ///
    /// # Errors
    /// `Unavailable`, with a text that says what is missing and what to do; that of opening the items.
    pub async fn refuse_lost_store(
        configuration: &Configuration,
        clock: &Clock,
        randomness: &Randomness,
    ) -> Result<(), Error> {
        let [identity, items] = ["identity.db", "items.db"].map(|name| configuration.data_folder.join(name));
        let is_embedded = configuration.engine == Engine::Embedded;
        if exists(&identity).await? {
            return if is_embedded { blocking(move || require_file(&items)).await } else { Ok(()) };
        }
        if is_embedded && !exists(&items).await? {
            return Ok(());
        }
        let tables = open_tables(configuration, clock, randomness).await?;
        // A first start that was interrupted leaves tables without a mark.
        let has_tables = tables.describe().await?.iter().all(|table| table.active);
        if has_tables && Epoch::is_marked(&tables).await? {
            // Another process that starts at the same time creates the file before the mark.
            return blocking(move || require_file(&identity)).await;
        }
        Ok(())
    }

    /// Does the same with the items in the given tables: those of another engine, or of one that a test makes fail.
    /// Of the engine in the configuration, only the name is used.
    ///
    /// # Errors
    /// As for [`Installation::open`].
    pub async fn open_on(
        configuration: Configuration,
        tables: Tables,
        clock: Clock,
        randomness: Randomness,
    ) -> Result<Self, Error> {
        let folder = configuration.data_folder.clone();
        let identity = blocking(move || {
            files::secure(&folder)?;
            IdentityStore::open(&folder.join("identity.db"))
        })
        .await?;
        let created_tables = make_tables(&configuration, &tables).await?;
        let identity = Arc::new(identity);
        Epoch::new(Arc::clone(&identity), &tables).begin(&randomness).await?;
        let assembling = Self::assemble(configuration, tables, created_tables, identity, clock, randomness);
        // Boxed, because an installation is large, and so is the future of each step that awaits it.
        let installation = Box::pin(assembling).await?;
        installation.accounts.ensure_signing_key(&installation.administrator()).await?;
        Ok(installation)
    }

    /// Opens an existing installation, for a command: does not silently replace lost data with empty files or tables.
    ///
    /// # Errors
    /// `Unavailable` if a file of the stores or a table is missing, with a text that names it; and as for
    /// [`Installation::open`].
    pub async fn open_existing(
        configuration: Configuration,
        clock: Clock,
        randomness: Randomness,
    ) -> Result<Self, Error> {
        let (folder, engine) = (configuration.data_folder.clone(), configuration.engine.clone());
        let identity = blocking(move || {
            files::refuse_insecure(&folder)?;
            let identity = folder.join("identity.db");
            require_file(&identity)?;
            if engine == Engine::Embedded {
                require_file(&folder.join("items.db"))?;
            }
            IdentityStore::open(&identity)
        })
        .await?;
        let tables = open_tables(&configuration, &clock, &randomness).await?;
        require_tables(&tables).await?;
        let identity = Arc::new(identity);
        Epoch::new(Arc::clone(&identity), &tables).check().await?;
        Self::assemble(configuration, tables, Vec::new(), identity, clock, randomness).await
    }

    /// Builds the operations on open stores.
    async fn assemble(
        configuration: Configuration,
        tables: Tables,
        created_tables: Vec<String>,
        identity: Arc<IdentityStore>,
        clock: Clock,
        randomness: Randomness,
    ) -> Result<Self, Error> {
        let keys = configuration.data_folder.join("keys");
        let keys = SigningKeys::new(keys, Arc::clone(&identity), randomness.clone());
        let background = Background::new();
        // Not counted, like the registry below: no request renews the lease.
        let leases = LeaseStore::new(leases::WORKERS, tables.background(), clock.clone(), randomness.clone());
        let worker = Worker::start(&background, leases, clock.clone()).await?;
        let ids = Arc::clone(&worker.ids);
        let epoch = Epoch::new(Arc::clone(&identity), &tables);
        let outbox = Outbox::new(Arc::clone(&identity), ProfileStore::new(tables.clone()), epoch.clone());
        let projection = Projection::start(&background, outbox, randomness.clone());
        let stores = Stores::new(&tables);
        let accounts = Arc::new(Accounts::new(
            Arc::clone(&identity),
            &stores,
            keys,
            &configuration,
            Arc::clone(&ids),
            clock.clone(),
            randomness.clone(),
        )?);
        let kept = KeptStore::new(tables.clone(), clock.clone());
        let background_tables = tables.background();
        let fan_out = FanOut::new(
            stores.background(&background_tables),
            Arc::clone(&ids),
            configuration.fan_out_threshold,
            clock.clone(),
        );
        let purge = AccountPurge::new(stores.clone(), Arc::clone(&ids));
        let deletions = Deletions::new(Arc::clone(&identity), purge, epoch, clock.clone());
        let visibility = Visibility::new(stores.posts.clone(), stores.timelines.clone(), Arc::clone(&identity));
        let posts = Posts::new(&stores, kept.clone(), visibility.clone(), &accounts, Arc::clone(&ids), clock.clone());
        let graph = Graph::new(stores.graph.clone(), kept.clone(), Arc::clone(&accounts), Arc::clone(&ids));
        let timelines = Timelines::new(stores.clone(), visibility, fan_out.clone(), Arc::clone(&accounts));
        let shop = Shop::new(stores.shop.clone(), kept.clone(), Arc::clone(&accounts), Arc::clone(&ids), clock.clone());
        let messages = Messages::new(stores, kept, Arc::clone(&accounts), ids, clock.clone());
        // Not counted: this is the cost of an idle instance.
        let registry = Registry::new(tables.background(), clock.clone(), randomness.clone());
        let leases = LeaseStore::new(leases::SHARDS, background_tables.clone(), clock, randomness.clone());
        Ok(Self {
            accounts,
            messages,
            posts,
            graph,
            timelines,
            shop,
            deletions,
            registry,
            created_tables,
            identity,
            tables,
            engine: configuration.engine,
            projection,
            worker,
            background,
            fan_out,
            background_tables,
            leases,
            randomness,
        })
    }

    /// Starts the background tasks that complete the work of requests. They run as long as the installation is open.
    /// For the server only: a command does just what it is asked to do.
    pub fn start_jobs(&self) {
        Removal::start(&self.background, self.deletions.clone());
        JobRunner::start(&self.background, self.fan_out.clone(), self.leases.clone());
    }

    /// Returns the right to administer for one command, which the audit tells apart from others. Give it only to
    /// those who may open the data folder.
    #[must_use]
    pub fn administrator(&self) -> Administrator {
        // Without random bytes, nothing else works either.
        let number = self.randomness.bytes().map(u64::from_be_bytes).unwrap_or_default();
        Administrator(Origin { request_id: format!("{number:016x}"), address: None, user_agent: None })
    }

    /// Pings both stores, and checks what else requests need. Costs the two pings and a look at the key's file.
    pub async fn readiness(&self) -> Readiness {
        let (identity, items, signing_key) =
            tokio::join!(self.identity.ping(), self.tables.ping(), self.accounts.check_signing_key());
        Readiness {
            identity,
            items: items.map_err(Error::from),
            ids: self.worker.ids.check(),
            signing_key,
            ended_tasks: self.background.ended(),
        }
    }

    /// Resolves to an error once a store can never work again in this process, because one of its files has been
    /// moved or deleted. Keeps the stores open until then.
    pub fn lost(&self) -> impl Future<Output = Error> + Send + use<> {
        let (identity, tables) = (Arc::clone(&self.identity), self.tables.clone());
        async move {
            tokio::select! {
                error = identity.lost() => error,
                error = tables.lost() => error.into(),
            }
        }
    }

    /// Returns the engine, its tables, and the number of accounts.
    pub async fn status(&self, administrator: &Administrator) -> Result<Status, Error> {
        let engine = match &self.engine {
            Engine::Embedded => "embedded".to_owned(),
            Engine::Amazon => "amazon".to_owned(),
            Engine::Endpoint(address) => address.clone(),
        };
        let accounts = self.accounts.count(administrator).await?;
        Ok(Status { engine, tables: self.tables.describe().await?, accounts })
    }

    /// Returns how many calls the item store received since the start, without those of jobs.
    #[must_use]
    pub fn store_calls(&self) -> StoreCalls {
        self.tables.calls()
    }

    /// Returns how many calls the item store received from jobs.
    #[must_use]
    pub fn job_calls(&self) -> StoreCalls {
        self.background_tables.calls()
    }

    /// Returns the failures of jobs in this process.
    #[must_use]
    pub fn job_failures(&self) -> JobFailures {
        self.fan_out.failures()
    }

    /// Returns the schema of the identity database after all migrations, as SQLite shows it.
    pub async fn identity_schema(&self) -> Result<String, Error> {
        self.identity.schema().await
    }

    /// Stops the background tasks, copies changed accounts to the item store if that does not take long, and gives
    /// the worker number back. Nothing else is needed: what was confirmed is on disk.
    pub async fn close(&self) -> Result<(), Error> {
        self.background.stop().await;
        self.worker.stop().await
    }
}

/// Creates missing tables, if that is allowed. Returns their names.
pub(crate) async fn make_tables(configuration: &Configuration, tables: &Tables) -> Result<Vec<String>, Error> {
    match (&configuration.engine, configuration.create_tables) {
        // Tables that cost money are created only on request.
        (Engine::Amazon, false) => require_tables(tables).await.map(|()| Vec::new()),
        (Engine::Embedded | Engine::Endpoint(_), _) | (Engine::Amazon, true) => Ok(tables.create_tables().await?),
    }
}

/// Returns whether a file exists. If this cannot be determined, opening the file reports why.
async fn exists(file: &Path) -> Result<bool, Error> {
    let file = file.to_owned();
    blocking(move || Ok(file.try_exists().unwrap_or(false))).await
}

/// Returns an error if a table is missing.
async fn require_tables(tables: &Tables) -> Result<(), Error> {
    let missing = tables.describe().await?.into_iter().filter(|table| !table.active).map(|table| table.name);
    let missing: Vec<_> = missing.collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(", ");
    Err(Error::Unavailable(format!("tables are missing: {names}; create them with `twclone-admin init`")))
}

/// Returns an error if a file of an installation is missing: opening it would create it, empty.
pub(crate) fn require_file(file: &Path) -> Result<(), Error> {
    match file.try_exists() {
        Ok(false) => Err(Error::Unavailable(format!(
            "{} is missing; restore a backup, or create an empty one with `twclone-admin init` and accept it with \
             `twclone-admin doctor --repair`",
            file.display()
        ))),
        // If this cannot be determined, opening the file reports why.
        _ => Ok(()),
    }
}

pub(crate) async fn open_tables(
    configuration: &Configuration,
    clock: &Clock,
    randomness: &Randomness,
) -> Result<Tables, Error> {
    let prefix = configuration.table_prefix.clone();
    let target = match &configuration.engine {
        Engine::Embedded => {
            let path = configuration.data_folder.join("items.db");
            let now = clock.unix_seconds();
            return blocking(move || Ok(Tables::embedded(&path, twclone_schema::layout(&prefix), now, DEADLINE)?))
                .await;
        }
        Engine::Endpoint(address) => DynamoDbTarget::Endpoint(address.clone()),
        Engine::Amazon => DynamoDbTarget::Amazon,
    };
    Ok(Tables::dynamodb(target, twclone_schema::layout(&prefix), randomness.numbers(), DEADLINE).await?)
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let work = tokio::task::spawn_blocking(work).await;
    work.map_err(|error| Error::internal(format!("opening the stores: {error}")))?
}
