use super::{Product, Shop};
use crate::Error;
use crate::accounts::Administrator;
use crate::model::product_change::Brought;
use crate::repositories::shop::ShopStore;
use crate::seed::Loaded;

impl Shop {
    /// Imports a product: creates it, or changes it to match. Costs a transaction; if the product exists, a read and,
    /// if it differs, another transaction.
    ///
    /// # Errors
    /// Errors of the stores.
    pub async fn import(&self, _: &Administrator, product: &Product) -> Result<Brought, Error> {
        self.store.put_product(product).await
    }

    /// Returns a loader of products, which can be used by many tasks concurrently.
    pub(crate) fn loader(&self) -> ProductLoader {
        ProductLoader { store: self.store.clone() }
    }
}

/// Adds products without checking permissions.
#[derive(Debug, Clone)]
pub(crate) struct ProductLoader {
    store: ShopStore,
}

impl ProductLoader {
    /// Creates a product if it does not exist.
    pub(crate) async fn load(&self, product: &Product) -> Result<Loaded, Error> {
        if self.store.add_product(product).await? {
            return Ok(Loaded::Created);
        }
        let found = self.store.product(product.id).await?;
        // A product that was changed since its creation stays as it is.
        let is_other = found.is_some_and(|found| found.revision == product.revision && found != *product);
        let refused = || Loaded::Refused(format!("another product has the id {}", product.id));
        Ok(if is_other { refused() } else { Loaded::Unchanged })
    }
}
