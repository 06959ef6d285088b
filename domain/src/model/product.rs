use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::error::Error;
use super::fields::Fields;
use super::ids::Id;
use super::revision::Revision;
pub use crate::model::text::{Description, ProductName};

/// A product that can be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// The id.
    pub id: Id,
    /// The name.
    pub name: ProductName,
    /// The description, if any.
    pub description: Option<Description>,
    /// The price of one unit.
    pub price: Price,
    /// The currency of the price.
    pub currency: Currency,
    /// The number of units in stock.
    pub stock: Stock,
    /// The number of changes so far.
    pub revision: Revision,
}

impl Product {
    /// Reads a product from the fields of an import file.
    ///
    /// # Errors
    /// `Invalid` with every field that is missing, wrong or unknown.
    pub fn read(mut fields: Fields) -> Result<Self, Error> {
        let (id, name) = (fields.required_number("id"), fields.required("name"));
        let description = fields.optional("description");
        let (price, currency) = (fields.required_number("price"), fields.required("currency"));
        let stock = fields.required_number("stock");
        fields.end()?;
        Ok(Self {
            id: id?,
            name: name?,
            description: description?,
            price: price?,
            currency: currency?,
            stock: stock?,
            revision: Revision(0),
        })
    }
}

/// A price in the minor units of its currency, such as cents: 0 to 1,000,000,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Price(i64);

impl Price {
    /// Maximum price in minor units, far below where the total of a cart could overflow.
    pub const MOST: i64 = 1_000_000_000_000;

    /// Returns the number.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }

    /// Wraps a number from a store without validating it again.
    pub(crate) fn stored(number: i64) -> Self {
        Self(number)
    }
}

impl FromStr for Price {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let price = text.parse().ok().filter(|price| (0..=Self::MOST).contains(price));
        price.map(Self).ok_or_else(|| {
            "must be a whole number in the currency's minor unit (1999 for 19.99 USD), up to 1,000,000,000,000"
                .to_owned()
        })
    }
}

/// A currency of ISO 4217 that is in use and for which the standard defines minor units (possibly 0 decimal places).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Returns its three-letter code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Returns the number of decimal places of a price: 2 for USD, 0 for JPY.
    #[must_use]
    pub fn places(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl FromStr for Currency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = iso_currency::Currency::from_code(text);
        let money = found.filter(|currency| currency.exponent().is_some() && currency.is_superseded().is_none());
        money.map(Self).ok_or_else(|| "must be the code of a currency in use (ISO 4217), such as USD".to_owned())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// The number of units in stock: 0 to 1,000,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Stock(u32);

/// The quantity in a cart line: 1 to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Quantity(u32);

macro_rules! counted {
    ($($name:ident, $least:literal, $most:literal, $fault:literal;)*) => {$(
        impl $name {
            /// Minimum number.
            pub const LEAST: u32 = $least;
            /// Maximum number.
            pub const MOST: u32 = $most;

            /// Returns the number.
            #[must_use]
            pub fn get(self) -> u32 {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let number = text.parse().ok().filter(|number| (Self::LEAST..=Self::MOST).contains(number));
                number.map(Self).ok_or_else(|| $fault.to_owned())
            }
        }

        impl TryFrom<i64> for $name {
            type Error = ();

            fn try_from(number: i64) -> Result<Self, ()> {
                let number = u32::try_from(number).ok().filter(|number| (Self::LEAST..=Self::MOST).contains(number));
                number.map(Self).ok_or(())
            }
        }
    )*};
}

counted! {
    Stock, 0, 1_000_000_000, "must be a whole number from 0 to 1,000,000,000";
    Quantity, 1, 10_000, "must be a whole number from 1 to 10,000";
}
