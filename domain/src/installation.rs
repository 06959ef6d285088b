//! An installation: its two stores, opened, and everything that can be done with them.

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
use crate::item_store::api::TableStatus;
use crate::item_store::{DynamoDbTarget, StoreCalls, Tables};
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

/// Every call to a store is answered within this time.
const DEADLINE: Duration = Duration::from_millis(2_500);

/// Where the items are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// In the data folder.
    Embedded,
    /// In a server with DynamoDB's API, at this address.
    Endpoint(String),
    /// In Amazon DynamoDB, with the region and credentials that every AWS tool finds.
    Amazon,
}

/// What an installation is opened with.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// The folder of `identity.db`, `items.db` and the signing keys.
    pub data_folder: PathBuf,
    /// Where the items are.
    pub engine: Engine,
    /// What the names of the tables begin with.
    pub table_prefix: String,
    /// bcrypt's cost: 4–31; 12 is usual.
    pub bcrypt_cost: u32,
    /// How often what may be done.
    pub limits: Limits,
    /// Who may make accounts.
    pub sign_ups: SignUps,
    /// Posts of authors with so many followers are looked up when timelines are read; those of others are brought there.
    pub fan_out_threshold: u64,
    /// Make the tables that are missing. Always so for an engine that costs nothing.
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
    /// Who follows, mutes, blocks whom.
    pub graph: Graph,
    /// Timelines.
    pub timelines: Timelines,
    /// Products and carts.
    pub shop: Shop,
    /// Removing what deleted accounts wrote.
    pub deletions: Deletions,
    /// Which instances of the services run.
    pub registry: Registry,
    /// The tables that were made on opening.
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

/// Whether all that requests need is there.
#[derive(Debug)]
pub struct Readiness {
    /// SQLite answers, and its threads run.
    pub identity: Result<(), Error>,
    /// DynamoDB or the embedded engine answers, and its writer runs.
    pub items: Result<(), Error>,
    /// Ids can be made.
    pub ids: Result<(), Error>,
    /// Access tokens can be signed.
    pub signing_key: Result<(), Error>,
    /// The tasks in the background that have ended, which they only do when the process does.
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

/// What there is.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// `embedded`, `amazon`, or the address.
    pub engine: String,
    /// The tables of items.
    pub tables: Vec<TableStatus>,
    /// How many accounts there are, by state.
    pub accounts: Vec<(String, u64)>,
}

impl Installation {
    /// Opens an installation; makes the data folder (mode 0700), both databases and the signing key where
    /// they are missing, and reports a signing key that was lost. Starts a task that renews the lease on a worker number, and one that brings what everyone
    /// may see of accounts to the store of items.
    ///
    /// # Errors
    /// `Unavailable`, with a text that says what to do, where a store cannot be opened, a table is missing, others may
    /// open what is for the owner alone, or one store is older than the other.
    pub async fn open(configuration: Configuration, clock: Clock, randomness: Randomness) -> Result<Self, Error> {
        let folder = configuration.data_folder.clone();
        blocking(move || files::secure(&folder)).await?;
        let tables = open_tables(&configuration, &clock, &randomness).await?;
        Self::open_on(configuration, tables, clock, randomness).await
    }

    /// The same with the items on given tables: on another engine, or on one that a test lets fail. Of the
    /// configuration's own engine only its name counts.
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
        // An installation is large, and so is the future of each step that awaits it.
        let installation = Box::pin(assembling).await?;
        installation.accounts.ensure_signing_key(&installation.administrator()).await?;
        Ok(installation)
    }

    /// Opens an installation that is there, for a command: what was lost is not made anew, empty, without a word.
    ///
    /// # Errors
    /// `Unavailable` where a file of the stores or a table is missing, with a text that names it; and as for
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

    /// Puts together what works on open stores.
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
        // Counted by nobody, as what follows of the registry: no request renews the lease.
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
        // Counted by nobody: what an instance costs that has nothing to do.
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

    /// Starts the tasks that do in the background what requests leave to be done, for as long as this is open. For
    /// the server: a command does what it is asked for.
    pub fn start_jobs(&self) {
        Removal::start(&self.background, self.deletions.clone());
        JobRunner::start(&self.background, self.fan_out.clone(), self.leases.clone());
    }

    /// The right to administer, for one command, which the audit tells from others. Give it only to those who may
    /// open the data folder.
    #[must_use]
    pub fn administrator(&self) -> Administrator {
        // Where there are no random bytes, nothing else works either.
        let number = self.randomness.bytes().map(u64::from_be_bytes).unwrap_or_default();
        Administrator(Origin { request_id: format!("{number:016x}"), address: None, user_agent: None })
    }

    /// Asks each store whether it answers, and looks at what else requests need. Costs what the stores' answers cost, and
    /// a look at the key's file.
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

    /// Answers, with the error, when a store can never work again in this process: one of its files is not any more where
    /// it was opened. Holds the stores until then.
    pub fn lost(&self) -> impl Future<Output = Error> + Send + use<> {
        let (identity, tables) = (Arc::clone(&self.identity), self.tables.clone());
        async move {
            tokio::select! {
                error = identity.lost() => error,
                error = tables.lost() => error.into(),
            }
        }
    }

    /// Counts what there is.
    pub async fn status(&self, administrator: &Administrator) -> Result<Status, Error> {
        let engine = match &self.engine {
            Engine::Embedded => "embedded".to_owned(),
            Engine::Amazon => "amazon".to_owned(),
            Engine::Endpoint(address) => address.clone(),
        };
        let accounts = self.accounts.count(administrator).await?;
        Ok(Status { engine, tables: self.tables.describe().await?, accounts })
    }

    /// How many calls the store of items has had since the start.
    #[must_use]
    pub fn store_calls(&self) -> StoreCalls {
        self.tables.calls()
    }

    /// How many more it has had from jobs, beside the requests.
    #[must_use]
    pub fn job_calls(&self) -> StoreCalls {
        self.background_tables.calls()
    }

    /// What went wrong with jobs in this process.
    #[must_use]
    pub fn job_failures(&self) -> JobFailures {
        self.fan_out.failures()
    }

    /// What the migrations of the identity database made, as SQLite shows it.
    pub async fn identity_schema(&self) -> Result<String, Error> {
        self.identity.schema().await
    }

    /// Ends the tasks in the background; brings what changed of accounts to the store of items, where that does not take
    /// long; and gives the worker number back. Nothing else is needed: what was answered is on disk.
    pub async fn close(&self) -> Result<(), Error> {
        self.background.stop().await;
        self.worker.stop().await
    }
}

/// Makes the tables that are missing, where that may be done. Answers which those were.
pub(crate) async fn make_tables(configuration: &Configuration, tables: &Tables) -> Result<Vec<String>, Error> {
    match (&configuration.engine, configuration.create_tables) {
        // Tables that cost something are made when somebody says so.
        (Engine::Amazon, false) => require_tables(tables).await.map(|()| Vec::new()),
        (Engine::Embedded | Engine::Endpoint(_), _) | (Engine::Amazon, true) => Ok(tables.create_tables().await?),
    }
}

/// Refuses a store in which a table is missing.
async fn require_tables(tables: &Tables) -> Result<(), Error> {
    let missing = tables.describe().await?.into_iter().filter(|table| !table.active).map(|table| table.name);
    let missing: Vec<_> = missing.collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(", ");
    Err(Error::Unavailable(format!("tables are missing: {names}; run `twclone-admin init`, which makes them")))
}

/// Refuses where a file of an installation is not there: to open it would make it, empty.
pub(crate) fn require_file(file: &Path) -> Result<(), Error> {
    match file.try_exists() {
        Ok(false) => Err(Error::Unavailable(format!(
            "{} is missing; restore a backup, or make an empty one with `twclone-admin init` and accept that with \
             `twclone-admin doctor --repair`",
            file.display()
        ))),
        // Where that cannot be told, opening it says why.
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
            let clock = clock.clone();
            return blocking(move || Ok(Tables::embedded(&path, &prefix, clock, DEADLINE)?)).await;
        }
        Engine::Endpoint(address) => DynamoDbTarget::Endpoint(address.clone()),
        Engine::Amazon => DynamoDbTarget::Amazon,
    };
    Ok(Tables::dynamodb(target, &prefix, randomness.clone(), DEADLINE).await?)
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let work = tokio::task::spawn_blocking(work).await;
    work.map_err(|error| Error::internal(format!("opening the stores: {error}")))?
}
