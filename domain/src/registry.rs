//! The registry: which instances of the services run, and where. An instance announces itself, again and again; one that
//! has not done so for a while is taken for gone, whatever became of it.

mod heartbeat;
mod secret;

pub use crate::model::instance::{Instance, Service};
pub use heartbeat::{Heartbeat, Load};
pub use secret::secret;

use crate::accounts::{Administrator, Caller};
use crate::installation::{blocking, make_tables, open_tables};
use crate::item_store::Tables;
use crate::repositories::files;
use crate::repositories::instances::InstanceStore;
use crate::{Clock, Configuration, Error, Randomness};

/// For how long an announcement counts, in milliseconds: two may fail before the instance is taken for gone. Who sends
/// requests to instances asks them how they are, and knows sooner.
const LIFETIME: i64 = 30_000;
/// How far the clocks of two machines may differ, in milliseconds.
const SKEW: i64 = 500;
/// For how long one that has not left is remembered, in milliseconds.
const LATELY: i64 = 60_000;

/// All that can be done with the registry.
#[derive(Debug, Clone)]
pub struct Registry {
    instances: InstanceStore,
    clock: Clock,
    randomness: Randomness,
}

impl Registry {
    /// Opens the store of items alone, for a process that needs nothing else of an installation.
    ///
    /// # Errors
    /// `Unavailable`, with a text that says what to do, where the store cannot be opened, a table is missing, or others
    /// may open what is for the owner alone.
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

    /// Answers, with the error, when the store can never work again in this process: one of its files is not any more
    /// where it was opened.
    pub async fn lost(&self) -> Error {
        self.instances.lost().await
    }

    /// An instance that starts now, with an id that no other has. Nobody hears of it before it is announced.
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

    /// Says that an instance is there, now and for a while. Costs a transaction.
    pub async fn announce(&self, instance: &Instance) -> Result<(), Error> {
        let now = self.clock.now();
        let seen = Instance { seen_at: now, ..instance.clone() };
        self.instances.write(&seen, now.plus_millis(LIFETIME)).await
    }

    /// Says that an instance is there no more. Costs a transaction.
    pub async fn leave(&self, instance: &Instance) -> Result<(), Error> {
        self.instances.remove(instance).await
    }

    /// Announces an instance now, and then with what `load` says of it: within two seconds where that is another than
    /// before, otherwise every ten.
    ///
    /// # Errors
    /// Of the first announcement. When a later one fails, that is logged, and the next one is made in its time.
    pub async fn start_heartbeat(
        &self,
        instance: Instance,
        load: impl Fn() -> Load + Send + Sync + 'static,
    ) -> Result<Heartbeat, Error> {
        Heartbeat::start(self.clone(), instance, load).await
    }

    /// The instances that are there: those of a service side by side, the oldest first. Costs a query.
    pub async fn list(&self) -> Result<Vec<Instance>, Error> {
        self.list_since(SKEW).await
    }

    /// The same with those who were there a minute ago and have not left since. A store that was away has heard of nobody:
    /// who asks the instances themselves need not forget them.
    pub async fn list_lately(&self) -> Result<Vec<Instance>, Error> {
        self.list_since(LATELY).await
    }

    /// Whether an instance counts as one that is there.
    #[must_use]
    pub fn counts(&self, instance: &Instance) -> bool {
        instance.seen_at.plus_millis(LIFETIME + SKEW) >= self.clock.now()
    }

    async fn list_since(&self, silent: i64) -> Result<Vec<Instance>, Error> {
        let mut instances = self.instances.list(self.clock.now().plus_millis(-silent)).await?;
        instances.sort_by(|one, other| one.order().cmp(&other.order()));
        Ok(instances)
    }

    /// The same for a caller who is an administrator.
    ///
    /// # Errors
    /// `Forbidden` for any other.
    pub async fn list_for(&self, caller: &Caller) -> Result<Vec<Instance>, Error> {
        self.list_by(&caller.administrator()?).await
    }

    /// The same for whoever may administer.
    pub async fn list_by(&self, _: &Administrator) -> Result<Vec<Instance>, Error> {
        self.list().await
    }
}
