use super::Shop;
use crate::accounts::{Administrator, Caller};
use crate::model::page::ListName;
use crate::model::product::Product;
use crate::model::product_change::ProductChange;
use crate::repositories::shop::Changed;
use crate::{Error, Expected, Id, Page, PageRequest};

impl Shop {
    /// Lists the products, newest first. Costs a query.
    ///
    /// # Errors
    /// `BadCursor`.
    pub async fn products(&self, request: &PageRequest) -> Result<Page<Product>, Error> {
        let list = ListName(&["products"]);
        let after = list.position(request)?;
        let products = self.store.products(after, request.limit.get() + 1).await?;
        Ok(list.page(products, request.limit, |product| product.id))
    }

    /// Returns a product. Costs a read.
    ///
    /// # Errors
    /// `NotFound` if there is none.
    pub async fn product(&self, id: Id) -> Result<Product, Error> {
        self.store.product(id).await?.ok_or_else(|| unknown(id))
    }

    /// Changes a product atomically. Costs a transaction and a read; one more read if certain revisions are expected.
    ///
    /// # Errors
    /// `Forbidden` for anyone but administrators; `NotFound` if there is no such product; `Stale` if the revision is
    /// not the expected one.
    pub async fn change_product(
        &self,
        caller: &Caller,
        id: Id,
        change: ProductChange,
        expected: &Expected,
    ) -> Result<Product, Error> {
        self.change(&caller.administrator()?, id, change, expected).await
    }

    async fn change(
        &self,
        _: &Administrator,
        id: Id,
        change: ProductChange,
        expected: &Expected,
    ) -> Result<Product, Error> {
        let known = match expected {
            Expected::Any => None,
            Expected::OneOf(_) => {
                let known = self.product(id).await?.revision;
                if !expected.is(known) {
                    return Err(stale(id));
                }
                Some(known)
            }
        };
        match self.store.change_product(id, change, known).await? {
            Changed::Done => self.product(id).await,
            Changed::Otherwise if known.is_some() => Err(stale(id)),
            Changed::Otherwise => Err(unknown(id)),
        }
    }
}

pub(super) fn unknown(id: Id) -> Error {
    Error::NotFound(format!("there is no product {id}"))
}

fn stale(id: Id) -> Error {
    Error::Stale(format!("the product {id} has changed; read it again before you change it"))
}
