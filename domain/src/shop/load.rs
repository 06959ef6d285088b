use super::{Product, Shop};
use crate::Error;
use crate::accounts::Administrator;
use crate::repositories::shop::ShopStore;
use crate::seed::Loaded;

/// What became of a product that an administrator brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brought {
    /// It is new.
    New,
    /// It was another, and is this now.
    Changed,
    /// It was this already.
    Same,
}

impl Shop {
    /// Brings a product as a file has it: makes it, or makes it what the file says. Costs a transaction; a read and
    /// another one where it is there.
    ///
    /// # Errors
    /// Where a store does not do its work.
    pub async fn import(&self, _: &Administrator, product: &Product) -> Result<Brought, Error> {
        self.store.put_product(product).await
    }

    /// Loads products; for many tasks side by side.
    pub(crate) fn loader(&self) -> ProductLoader {
        ProductLoader { store: self.store.clone() }
    }
}

/// Adds products, whoever asks.
#[derive(Debug, Clone)]
pub(crate) struct ProductLoader {
    store: ShopStore,
}

impl ProductLoader {
    /// Makes a product that is not there.
    pub(crate) async fn load(&self, product: &Product) -> Result<Loaded, Error> {
        if self.store.add_product(product).await? {
            return Ok(Loaded::Created);
        }
        let found = self.store.product(product.id).await?;
        // What was changed since it was made stays what it is.
        let is_other = found.is_some_and(|found| found.revision == product.revision && found != *product);
        let refused = || Loaded::Refused(format!("there is another product {}", product.id));
        Ok(if is_other { refused() } else { Loaded::Unchanged })
    }
}
