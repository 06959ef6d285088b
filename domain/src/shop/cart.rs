use super::{Shop, catalogue};
use crate::accounts::{Caller, Right};
use crate::model::idempotency::{IdempotentRequest, Outcome};
use crate::model::page::ListName;
use crate::model::product::{Product, Quantity};
use crate::repositories::shop::{Changed, line};
use crate::{AccountReference, Error, Expected, Id, Page, PageRequest, Revision, Timestamp};

/// A line of somebody's cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartLine {
    /// Its id.
    pub id: Id,
    /// Of what.
    pub product: Id,
    /// How many.
    pub quantity: Quantity,
    /// Since when.
    pub added_at: Timestamp,
    /// How often it was changed.
    pub revision: Revision,
}

/// What somebody wants to put into a cart.
#[derive(Debug, Clone)]
pub struct NewLine {
    /// Into whose; it can only be the caller's own.
    pub owner: AccountReference,
    /// What.
    pub product: Id,
    /// How many.
    pub quantity: Quantity,
    /// The idempotency key, if the client gave one.
    pub once: Option<IdempotentRequest>,
}

impl Shop {
    /// What is in a cart, newest first. Costs a query.
    ///
    /// # Errors
    /// `Forbidden` for all but its owner; `NotFound` where there is no such account; `BadCursor`.
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

    /// A line of the caller's own cart. Costs a read.
    ///
    /// # Errors
    /// `NotFound` where there is none, `Forbidden` where the caller's credentials do not reach so far.
    pub async fn line(&self, caller: &Caller, id: Id) -> Result<CartLine, Error> {
        let owner = self.accounts.act_for(caller, None, Right::Read).await?;
        self.store.line(owner.name(), id).await?.ok_or_else(|| unknown(id))
    }

    /// Puts something into a cart, in a line of its own. Costs a read and a transaction.
    ///
    /// # Errors
    /// `Forbidden` for all but its owner; `Invalid` where there is no such product, or not so many; `KeyReused`.
    pub async fn add_to_cart(&self, caller: &Caller, new: NewLine) -> Result<Outcome<CartLine>, Error> {
        let attempt = async {
            let owner = self.accounts.act_alone(caller, &new.owner, Right::Write).await?;
            let product = self.store.product(new.product).await?;
            let product = product.ok_or_else(|| {
                let message = format!("is {}, and there is no such product; GET /products lists them", new.product);
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

    /// Changes how many there are in a line of the caller's own cart; with none, takes the line out. Answers what it is
    /// then. Costs two reads and a transaction.
    ///
    /// # Errors
    /// `NotFound` where there is no such line; `Stale` where it is not what is expected; `Invalid` where there are not so
    /// many of the product.
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
    let message = format!("is {}, and there are {} of {}", quantity.get(), product.stock.get(), product.name);
    Err(Error::invalid("quantity", message))
}

fn unknown(id: Id) -> Error {
    Error::NotFound(format!("there is no line {id} in your cart"))
}

fn stale(id: Id) -> Error {
    Error::Stale(format!("the line {id} was changed meanwhile: read it again, and change what it is now"))
}
