use super::{Shop, catalogue};
use crate::accounts::{Caller, Right};
use crate::model::cart_line::CartLine;
use crate::model::idempotency::{IdempotentRequest, Outcome};
use crate::model::page::ListName;
use crate::model::product::{Product, Quantity};
use crate::repositories::shop::{Changed, line};
use crate::{AccountReference, Error, Expected, Id, Page, PageRequest, Revision};

/// A request to add a line to a cart.
#[derive(Debug, Clone)]
pub struct NewLine {
    /// The owner of the cart, who must be the caller.
    pub owner: AccountReference,
    /// The product.
    pub product: Id,
    /// The quantity.
    pub quantity: Quantity,
    /// The idempotency key, if the client sent one.
    pub once: Option<IdempotentRequest>,
}

impl Shop {
    /// Lists the lines of a cart, newest first. Costs a query.
    ///
    /// # Errors
    /// `Forbidden` for anyone but the owner; `NotFound` if there is no such account; `BadCursor`.
    pub async fn cart(
        &self,
        caller: &Caller,
        owner: &AccountReference,
        request: &PageRequest,
    ) -> Result<Page<CartLine>, Error> {
        let owner = self.accounts.act_alone(caller, owner, Right::Read).await?;
        let name = owner.name().key();
        let list = ListName(&["cart", &name]);
        let after = list.position(request)?;
        let lines = self.store.lines(owner.name(), after, request.limit.get() + 1).await?;
        Ok(list.page(lines, request.limit, |line| line.id))
    }

    /// Returns a line of the caller's own cart. Costs a read.
    ///
    /// # Errors
    /// `NotFound` if there is none; `Forbidden` if the caller's credentials do not allow it.
    pub async fn line(&self, caller: &Caller, id: Id) -> Result<CartLine, Error> {
        let owner = self.accounts.act_for(caller, None, Right::Read).await?;
        self.store.line(owner.name(), id).await?.ok_or_else(|| unknown(id))
    }

    /// Adds a new line to a cart. Costs a read and a transaction.
    ///
    /// # Errors
    /// `Forbidden` for anyone but the owner; `Invalid` if the product does not exist or its stock is too low;
    /// `KeyReused`.
    pub async fn add_to_cart(&self, caller: &Caller, new: NewLine) -> Result<Outcome<CartLine>, Error> {
        let attempt = async {
            let owner = self.accounts.act_alone(caller, &new.owner, Right::Write).await?;
            let product = self.store.product(new.product).await?;
            let product = product.ok_or_else(|| {
                let message = format!("is {}, but there is no such product; GET /products lists all", new.product);
                Error::invalid("product_id", message)
            })?;
            enough(&product, new.quantity)?;
            let line = CartLine {
                id: self.ids.next().await?,
                product: product.id,
                quantity: new.quantity,
                added_at: self.clock.now(),
                revision: Revision(0),
            };
            let kept = new.once.as_ref().map(|once| once.kept_for(&caller.name().key()));
            let is_added = self.store.add_line(owner.name(), &line, kept.as_ref()).await?;
            if is_added { Ok(line) } else { Err(owner.ended()) }
        };
        let attempt = attempt.await;
        self.kept.replay(caller.name(), new.once.as_ref(), attempt, line).await
    }

    /// Changes the quantity in a line of the caller's own cart, or removes the line if the quantity is `None`.
    /// Returns the new line. Costs a read and a transaction, and one more read if there is a quantity.
    ///
    /// # Errors
    /// `NotFound` if the line or its product does not exist; `Stale` if the revision is not the expected one;
    /// `Invalid` if the stock of the product is too low.
    pub async fn change_line(
        &self,
        caller: &Caller,
        id: Id,
        quantity: Option<Quantity>,
        expected: &Expected,
    ) -> Result<Option<CartLine>, Error> {
        let owner = self.accounts.act_for(caller, None, Right::Write).await?;
        let line = self.store.line(owner.name(), id).await?.ok_or_else(|| unknown(id))?;
        if !expected.is(line.revision) {
            return Err(stale(id));
        }
        if let Some(quantity) = quantity {
            let product = self.store.product(line.product).await?.ok_or_else(|| catalogue::unknown(line.product))?;
            enough(&product, quantity)?;
        }
        let known = Some(line.revision).filter(|_| *expected != Expected::Any);
        match self.store.change_line(owner.name(), id, quantity, known).await? {
            Changed::Done => Ok(quantity.map(|quantity| {
                let revision = Revision(line.revision.0 + 1);
                CartLine { quantity, revision, ..line }
            })),
            Changed::Otherwise if known.is_some() => Err(stale(id)),
            Changed::Otherwise => Err(unknown(id)),
        }
    }
}

fn enough(product: &Product, quantity: Quantity) -> Result<(), Error> {
    if quantity.get() <= product.stock.get() {
        return Ok(());
    }
    let message = format!("is {}, but only {} of {} are in stock", quantity.get(), product.stock.get(), product.name);
    Err(Error::invalid("quantity", message))
}

fn unknown(id: Id) -> Error {
    Error::NotFound(format!("there is no line {id} in your cart"))
}

fn stale(id: Id) -> Error {
    Error::Stale(format!("the line {id} has changed; read it again before you change it"))
}
