//! Whether the two stores are of one installation and of one age: otherwise one of them was restored from an older backup,
//! and a name could be given to a stranger who then reads what its owner left.
//!
//! Both stores have the installation's id and an epoch, which advances with each start, with what changes accounts (once
//! a minute at most), before each removal of a deleted account, and every hour. It advances in `identity.db` first, then
//! in the items, and is settled in `identity.db` after that. So what the items have lies between the two, whatever was
//! killed, and however many processes advance it; below, the items are older, and above, the accounts.

use std::sync::Arc;

use crate::item_store::Tables;
use crate::repositories::epochs::{EpochStore, ItemsMark};
use crate::repositories::identity::{IdentityStore, Mark};
use crate::{Error, Randomness};

/// The epoch of an installation.
#[derive(Debug, Clone)]
pub(crate) struct Epoch {
    identity: Arc<IdentityStore>,
    items: EpochStore,
}

/// In what way two stores do not belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Apart {
    /// They are of two installations.
    Strangers,
    /// The items are older than the accounts.
    OlderItems,
    /// The accounts are older than the items.
    OlderAccounts,
}

impl Epoch {
    /// Makes calls that are not counted among those of requests.
    pub(crate) fn new(identity: Arc<IdentityStore>, tables: &Tables) -> Self {
        Self { identity, items: EpochStore::new(tables.background()) }
    }

    /// Lets an installation work from now on, one without a mark, too.
    ///
    /// # Errors
    /// `Unavailable` where its stores do not belong together.
    pub(crate) async fn begin(&self, randomness: &Randomness) -> Result<(), Error> {
        if self.identity.mark().await?.is_none() && self.items.get().await?.is_none() {
            let number = u128::from_be_bytes(randomness.bytes()?);
            self.identity.make_mark(format!("{number:032x}")).await?;
        }
        if let Some(mark) = self.identity.mark().await?.filter(|mark| mark.settled == 0) {
            // Where another process has made it meanwhile, that is looked at below.
            self.items.make(&ItemsMark { installation: mark.installation, epoch: mark.epoch }).await?;
        }
        self.check().await?;
        self.advance().await
    }

    /// Refuses stores that do not belong together.
    ///
    /// # Errors
    /// `Unavailable`, with a text that says which is older and what to do.
    pub(crate) async fn check(&self) -> Result<(), Error> {
        match self.apart().await? {
            None => Ok(()),
            Some(apart) => Err(Error::Unavailable(format!(
                "{}; restore both from one backup (`twclone-admin restore`), or let `twclone-admin doctor --repair` bring \
                 together what is there",
                apart.told()
            ))),
        }
    }

    /// How the two stores do not belong together, if they do not. Others may advance the epoch meanwhile.
    pub(crate) async fn apart(&self) -> Result<Option<Apart>, Error> {
        let before = self.identity.mark().await?;
        let items = self.items.get().await?;
        let after = self.identity.mark().await?;
        Ok(match (before, items, after) {
            (_, None, None) => None,
            (_, Some(_), None) => Some(Apart::Strangers),
            (before, None, Some(_)) => before.is_some_and(|mark| mark.settled > 0).then_some(Apart::OlderItems),
            (_, Some(items), Some(mark)) if items.installation != mark.installation => Some(Apart::Strangers),
            (before, Some(items), Some(mark)) => match () {
                () if before.is_some_and(|before| items.epoch < before.settled) => Some(Apart::OlderItems),
                () if items.epoch > mark.epoch => Some(Apart::OlderAccounts),
                () => None,
            },
        })
    }

    /// Begins the next epoch in both stores.
    pub(crate) async fn advance(&self) -> Result<(), Error> {
        let Some(Mark { installation, epoch, .. }) = self.identity.advance_epoch().await? else { return Ok(()) };
        let mark = ItemsMark { installation, epoch };
        if !self.items.raise(&mark).await? {
            // Where they are further already, another process has advanced it.
            let found = self.items.get().await?;
            let is_further = |found: ItemsMark| found.installation == mark.installation && found.epoch >= epoch;
            if !found.is_some_and(is_further) {
                return Ok(());
            }
        }
        self.identity.settle_epoch(epoch).await
    }

    /// Lets both stores belong together as they are.
    pub(crate) async fn accept(&self, randomness: &Randomness) -> Result<(), Error> {
        let (identity, items) = (self.identity.mark().await?, self.items.get().await?);
        let epochs = identity.iter().map(|mark| mark.epoch).chain(items.iter().map(|mark| mark.epoch));
        let epoch = epochs.max().unwrap_or_default() + 1;
        let known = identity.map(|mark| mark.installation).or(items.map(|mark| mark.installation));
        let installation = match known {
            Some(installation) => installation,
            None => format!("{:032x}", u128::from_be_bytes(randomness.bytes()?)),
        };
        self.identity.set_mark(Mark { installation: installation.clone(), epoch, settled: 0 }).await?;
        self.items.set(&ItemsMark { installation, epoch }).await?;
        self.identity.settle_epoch(epoch).await
    }
}

impl Apart {
    /// What is wrong, for people.
    pub(crate) fn told(&self) -> &'static str {
        match self {
            Self::Strangers => "identity.db and the items (items.db, or the tables) are of two different installations",
            Self::OlderItems => {
                "the items (items.db, or the tables) are older than identity.db: they were restored from an older backup"
            }
            Self::OlderAccounts => "identity.db is older than the items: it was restored from an older backup",
        }
    }
}
