//! Checks that the two stores belong to one installation and are equally old. Otherwise one of them was restored from
//! an older backup, and a name could be given to a stranger who then reads what its previous owner left.
//!
//! Both stores contain the installation's id and an epoch. The epoch advances with each start (opening an existing
//! installation for a command only checks it), with changes of accounts (at most once a minute), hourly in a process
//! after its first such change, and before each removal of a deleted account. It advances first in `identity.db`,
//! then in the items, and is then settled in `identity.db`. So the items' epoch lies between the settled and the
//! current epoch of `identity.db`, whatever was killed, and however many processes advance it. If it is below, the
//! items are older; if it is above, the accounts are.

use std::sync::Arc;

use crate::repositories::epochs::{EpochStore, ItemsMark};
use crate::repositories::identity::{IdentityStore, Mark};
use crate::{Error, Randomness};
use item_store::Tables;

/// The epoch of an installation.
#[derive(Debug, Clone)]
pub(crate) struct Epoch {
    identity: Arc<IdentityStore>,
    items: EpochStore,
}

/// How two stores do not belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Apart {
    /// They belong to two installations.
    Strangers,
    /// The items are older than the accounts.
    OlderItems,
    /// The accounts are older than the items.
    OlderAccounts,
}

impl Epoch {
    /// Returns the epoch of these stores. Its calls are not counted as those of requests.
    pub(crate) fn new(identity: Arc<IdentityStore>, tables: &Tables) -> Self {
        Self { identity, items: EpochStore::new(tables.background()) }
    }

    /// Returns whether these items belong to an installation. Costs a read.
    pub(crate) async fn is_marked(tables: &Tables) -> Result<bool, Error> {
        Ok(EpochStore::new(tables.background()).get().await?.is_some())
    }

    /// Begins the work on an installation, and marks a new one.
    ///
    /// # Errors
    /// `Unavailable` if its stores do not belong together.
    pub(crate) async fn begin(&self, randomness: &Randomness) -> Result<(), Error> {
        if self.identity.mark().await?.is_none() && self.items.get().await?.is_none() {
            let number = u128::from_be_bytes(randomness.bytes()?);
            self.identity.make_mark(format!("{number:032x}")).await?;
        }
        if let Some(mark) = self.identity.mark().await?.filter(|mark| mark.settled == 0) {
            // If another process has made it in the meantime, the check below compares it.
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
                "{}; restore both from one backup (`twclone-admin restore`), or accept them as they are with \
                 `twclone-admin doctor --repair`",
                apart.told()
            ))),
        }
    }

    /// Returns how the two stores do not belong together, or `None` if they do. Others may advance the epoch
    /// meanwhile.
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

    /// Advances the epoch in both stores.
    pub(crate) async fn advance(&self) -> Result<(), Error> {
        let Some(Mark { installation, epoch, .. }) = self.identity.advance_epoch().await? else { return Ok(()) };
        let mark = ItemsMark { installation, epoch };
        if !self.items.raise(&mark).await? {
            // If the items' epoch is higher, another process has advanced it.
            let found = self.items.get().await?;
            let is_further = |found: ItemsMark| found.installation == mark.installation && found.epoch >= epoch;
            if !found.is_some_and(is_further) {
                return Ok(());
            }
        }
        self.identity.settle_epoch(epoch).await
    }

    /// Marks both stores as belonging together, as they are.
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
    /// Describes the problem for people.
    pub(crate) fn told(&self) -> &'static str {
        match self {
            Self::Strangers => {
                "identity.db and the items (items.db, or the tables) belong to two different installations"
            }
            Self::OlderItems => {
                "the items (items.db, or the tables) are older than identity.db: they were restored from an older backup"
            }
            Self::OlderAccounts => "identity.db is older than the items: it was restored from an older backup",
        }
    }
}
