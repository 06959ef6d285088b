//! The registry of the running instances of the services and their addresses. An instance announces itself
//! repeatedly; one that has not done so for a while counts as gone.

mod heartbeat;
mod secret;

pub use crate::model::instance::{Instance, Service};
pub use heartbeat::{Heartbeat, Load};
pub use secret::secret;

use crate::accounts::{Administrator, Caller};
use crate::installation::{blocking, make_tables, open_tables};
use crate::repositories::files;
use crate::repositories::instances::InstanceStore;
use crate::{Clock, Configuration, Error, Randomness};
use item_store::Tables;

/// How long an announcement is valid, in milliseconds: two may fail before the instance counts as gone. Clients of
/// the instances find out sooner by health checks.
const LIFETIME: i64 = 30_000;
/// The maximum difference between the clocks of two machines, in milliseconds.
const SKEW: i64 = 500;
/// How long an instance that has not left is remembered after it counts as gone, in milliseconds.
const LATELY: i64 = 60_000;

/// All operations on the registry.
#[derive(Debug, Clone)]
pub struct Registry {
    instances: InstanceStore,
    clock: Clock,
    randomness: Randomness,
}

impl Registry {
    /// Opens only the item store, for a process that needs nothing else of an installation.
    ///
    /// # Errors
    /// `Unavailable`, with a text that says what to do, if the store cannot be opened, a table is missing, or others
    /// may open what is for the owner only.
    pub async fn open(configuration: &Configuration, clock: &Clock, randomness: &Randomness) -> Result<Self, Error> {
        let folder = configuration.data_folder.clone();
        blocking(move || files::secure(&folder)).await?;
        let tables = open_tables(configuration, clock, randomness).await?;
        make_tables(configuration, &tables).await?;
        Ok(Self::new(tables, clock.clone(), randomness.clone()))
    }

    pub(crate) fn new(tables: Tables, clock: Clock, randomness: Randomness) -> Self {
        Self { instances: InstanceStore::new(tables), clock, randomness }
    }

    /// Resolves to an error once the store can never work again in this process, because one of its files has been
    /// moved or deleted.
    pub async fn lost(&self) -> Error {
        self.instances.lost().await
    }

    /// Returns a new instance with a unique id. Others see it once it is announced.
    pub fn new_instance(
        &self,
        service: Service,
        address: impl Into<String>,
        version: impl Into<String>,
    ) -> Result<Instance, Error> {
        let now = self.clock.now();
        Ok(Instance {
            id: format!("{:016x}", u64::from_be_bytes(self.randomness.bytes()?)),
            service,
            address: address.into(),
            version: version.into(),
            started_at: now,
            seen_at: now,
            status: crate::model::instance::STARTING.to_owned(),
            in_flight: 0,
            rate: 0,
        })
    }

    /// Announces that an instance is running, for a while. Costs a transaction.
    pub async fn announce(&self, instance: &Instance) -> Result<(), Error> {
        let now = self.clock.now();
        let seen = Instance { seen_at: now, ..instance.clone() };
        self.instances.write(&seen, now.plus_millis(LIFETIME)).await
    }

    /// Removes an instance. Costs a transaction.
    pub async fn leave(&self, instance: &Instance) -> Result<(), Error> {
        self.instances.remove(instance).await
    }

    /// Announces an instance now, and then with the current `load`: within two seconds after a change, otherwise
    /// every ten.
    ///
    /// # Errors
    /// That of the first announcement. If a later one fails, that is logged, and the next one follows as usual.
    pub async fn start_heartbeat(
        &self,
        instance: Instance,
        load: impl Fn() -> Load + Send + Sync + 'static,
    ) -> Result<Heartbeat, Error> {
        Heartbeat::start(self.clone(), instance, load).await
    }

    /// Returns the running instances, grouped by service, the oldest first. Costs a query.
    pub async fn list(&self) -> Result<Vec<Instance>, Error> {
        self.list_since(SKEW).await
    }

    /// Returns the same, with instances that were last valid up to a minute ago and have not left since. After an
    /// outage of the store, all announcements have expired: a client with its own health checks need not forget the
    /// instances.
    pub async fn list_lately(&self) -> Result<Vec<Instance>, Error> {
        self.list_since(LATELY).await
    }

    /// Whether an instance counts as running.
    #[must_use]
    pub fn counts(&self, instance: &Instance) -> bool {
        instance.seen_at.plus_millis(LIFETIME + SKEW) >= self.clock.now()
    }

    async fn list_since(&self, silent: i64) -> Result<Vec<Instance>, Error> {
        let mut instances = self.instances.list(self.clock.now().plus_millis(-silent)).await?;
        instances.sort_by(|one, other| one.order().cmp(&other.order()));
        Ok(instances)
    }

    /// Returns the same for a caller who is an administrator.
    ///
    /// # Errors
    /// `Forbidden` for any other caller.
    pub async fn list_for(&self, caller: &Caller) -> Result<Vec<Instance>, Error> {
        self.list_by(&caller.administrator()?).await
    }

    /// Returns the same for an administrator.
    pub async fn list_by(&self, _: &Administrator) -> Result<Vec<Instance>, Error> {
        self.list().await
    }
}
