//! Request bodies and parameters.

use std::str::FromStr;

use twclone_domain::accounts::Part;
use twclone_domain::shop::{Currency, Description, Price, ProductChange, ProductName, Quantity, Stock};
use twclone_domain::{AccountReference, Id, PostText};

use crate::requests::{number, request, values};

request! {
    /// The content of a tweet.
    pub(super) struct Content as "ShopTweetContent" {
        /// The text.
        #[example = "Six rings."]
        "content" => text: PostText,
    }
}

request! {
    /// The follower. Can be in the query or in the body.
    pub(super) struct Follower as "ShopFollower" {
        /// The follower: a user name or an id. The default is your own account.
        "follower" => follower: Option<AccountReference>,
    }
}

request! {
    /// A new line of a cart.
    pub(super) struct NewLineBody as "ShopNewCartLine" {
        /// The id of the product.
        #[example = "1"]
        "product_id" => product: Id,
        /// The number of units. It cannot exceed the stock.
        "quantity" => quantity: Quantity,
    }
}

request! {
    /// A change of a line of a cart.
    pub(super) struct LineChange as "ShopCartLineChange" {
        /// The new number of units. It cannot exceed the stock. 0 removes the line.
        "quantity" => quantity: MaybeNone,
    }
}

/// A quantity, or `None` for 0.
pub(super) struct MaybeNone(pub(super) Option<Quantity>);

impl FromStr for MaybeNone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "0" { Ok(Self(None)) } else { text.parse().map(|quantity| Self(Some(quantity))) }
    }
}

values! {
    MaybeNone: optional_number, number("int32", 0, Quantity::MOST);
}

request! {
    /// A change of a product. Missing fields stay as they are.
    pub(super) struct ProductChanges as "ShopProductChanges" -> ProductChange {
        /// The name, on one line.
        #[example = "Basketball"]
        "name" => name: Option<ProductName>,
        /// The description. Null removes it.
        "description" => description: Part<Description>,
        /// The price in the minor unit of the currency: 1999 for 19.99 USD.
        "price" => price: Option<Price>,
        /// The currency code (ISO 4217).
        #[example = "USD"]
        "currency" => currency: Option<Currency>,
        /// The number of units in stock.
        "stock" => stock: Option<Stock>,
    }
}
