use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::error::Error;
use super::fields::Fields;
use super::ids::Id;
use super::revision::Revision;
pub use crate::model::text::{Description, ProductName};

/// The most that anything costs, in minor units: far below where a sum of a cart could overflow.
const DEAREST: i64 = 1_000_000_000_000;
/// The most that there is of anything.
const MOST: u32 = 1_000_000_000;
/// The most of one thing in a line of a cart.
const MOST_IN_A_LINE: u32 = 10_000;

/// Something that can be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Its id.
    pub id: Id,
    /// What it is called.
    pub name: ProductName,
    /// What it is, if anything is said.
    pub description: Option<Description>,
    /// What one costs.
    pub price: Price,
    /// In which currency.
    pub currency: Currency,
    /// How many there are.
    pub stock: Stock,
    /// How often it was changed.
    pub revision: Revision,
}

impl Product {
    /// A product as a file brings it, by these names.
    ///
    /// # Errors
    /// `Invalid` with every field that is missing, wrong, or none of a product.
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

/// A price in the minor units of its currency: cents, where it has cents. 0 to 1,000,000,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Price(i64);

impl Price {
    /// The number.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }

    /// What a store gave back.
    pub(crate) fn stored(number: i64) -> Self {
        Self(number)
    }
}

impl FromStr for Price {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let price = text.parse().ok().filter(|price| (0..=DEAREST).contains(price));
        price.map(Self).ok_or_else(|| {
            "must be a whole number of the currency's minor unit, 1999 for 19.99 USD, up to 1,000,000,000,000"
                .to_owned()
        })
    }
}

/// A currency that money is counted in: one of ISO 4217 that has minor units (if only of one each) and is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Its code, three letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimal places a price has when it is shown: 2 for USD, 0 for JPY.
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
        money.map(Self).ok_or_else(|| "must be the code of a currency in use (ISO 4217), as USD".to_owned())
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

/// How many there are of something: 0 to 1,000,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Stock(u32);

/// How many of something are in a line of a cart: 1 to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Quantity(u32);

macro_rules! counted {
    ($($name:ident, $least:literal, $most:ident, $fault:literal;)*) => {$(
        impl $name {
            /// The number.
            #[must_use]
            pub fn get(self) -> u32 {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let number = text.parse().ok().filter(|number| ($least..=$most).contains(number));
                number.map(Self).ok_or_else(|| $fault.to_owned())
            }
        }

        impl TryFrom<i64> for $name {
            type Error = ();

            fn try_from(number: i64) -> Result<Self, ()> {
                let number = u32::try_from(number).ok().filter(|number| ($least..=$most).contains(number));
                number.map(Self).ok_or(())
            }
        }
    )*};
}

counted! {
    Stock, 0, MOST, "must be a whole number from 0 to 1,000,000,000";
    Quantity, 1, MOST_IN_A_LINE, "must be a whole number from 1 to 10,000";
}
