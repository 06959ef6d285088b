//! The shop: a catalogue of products, and a cart for each account.

mod cart;
mod catalogue;
mod load;

use std::sync::Arc;

pub use crate::model::cart_line::CartLine;
pub use crate::model::product::{Currency, Description, Price, Product, ProductName, Quantity, Stock};
pub use crate::model::product_change::{Brought, ProductChange};
pub use cart::NewLine;

use crate::accounts::Accounts;
use crate::repositories::kept::KeptStore;
use crate::repositories::shop::ShopStore;
use crate::{Clock, IdGenerator};

/// The operations of the shop.
#[derive(Debug)]
pub struct Shop {
    store: ShopStore,
    kept: KeptStore,
    accounts: Arc<Accounts>,
    ids: Arc<IdGenerator>,
    clock: Clock,
}

impl Shop {
    pub(crate) fn new(
        store: ShopStore,
        kept: KeptStore,
        accounts: Arc<Accounts>,
        ids: Arc<IdGenerator>,
        clock: Clock,
    ) -> Self {
        Self { store, kept, accounts, ids, clock }
    }
}
