//! The types that fields of requests have, and their schemas.

use std::str::FromStr;

use serde_json::{Value as Json, json};
use twclone_domain::accounts::{AppPasswordName, Password, Scope};
use twclone_domain::messages::{MessageBox, OptionIndex, QuickReplies};
use twclone_domain::shop::{Currency, Description, Price, ProductName, Quantity, Stock};
use twclone_domain::{
    AccountReference, Biography, EmailAddress, Error, Fields, FullName, Id, Limit, MessageText, OptionText, PostText,
    Timestamp, Username,
};

use super::Value;

/// Implements [`Value`] for types: which reader of [`Fields`] reads it, its schema, and its default if it has one.
macro_rules! values {
    ($($type:ty: $read:ident, $schema:expr $(, $default:expr)?;)*) => {$(
        impl $crate::requests::Value for $type {
            fn take(
                fields: &mut twclone_domain::Fields,
                name: &str,
            ) -> Result<Option<Self>, twclone_domain::Error> {
                fields.$read(name)
            }

            fn schema() -> serde_json::Value {
                $schema
            }

            $(fn when_missing() -> Option<Self> {
                Some($default)
            })?
        }
    )*};
}
pub(crate) use values;

values! {
    AccountReference: optional_account, pattern(&format!("^[a-zA-Z0-9_]{{1,{}}}$", Username::LONGEST));
    AppPasswordName: optional, length(1, AppPasswordName::LONGEST);
    Biography: optional, length(1, Biography::LONGEST);
    Currency: optional, pattern("^[A-Z]{3}$");
    Description: optional, length(1, Description::LONGEST);
    EmailAddress: optional, json!({"type": "string", "maxLength": EmailAddress::LONGEST});
    FullName: optional, length(1, FullName::LONGEST);
    Id: optional_number, pattern("^[0-9]{1,19}$");
    Limit: optional_number, number("int32", 1, Limit::MOST), Limit::default();
    MessageBox: optional, pattern("^(inbox|sent|all)$"), MessageBox::default();
    MessageText: optional, length(1, MessageText::LONGEST);
    OptionIndex: optional_number, pattern("^[0-9]+$");
    OptionText: optional, length(1, OptionText::LONGEST);
    Password: optional, length(Password::SHORTEST, Password::LONGEST);
    PostText: optional, length(1, PostText::LONGEST);
    Price: optional_number, number("int64", 0, Price::MOST);
    ProductName: optional, length(1, ProductName::LONGEST);
    Quantity: optional_number, number("int32", Quantity::LEAST, Quantity::MOST);
    Scope: optional, pattern("^(read|write|messages)$");
    Stock: optional_number, number("int32", Stock::LEAST, Stock::MOST);
    Timestamp: optional, json!({"type": "string", "format": "date-time"});
    Username: optional, username();
}

fn username() -> Json {
    let mut schema = length(1, Username::LONGEST);
    schema["pattern"] = "^[a-zA-Z0-9_]*[a-zA-Z_][a-zA-Z0-9_]*$".into();
    schema
}

pub(crate) fn pattern(pattern: &str) -> Json {
    json!({"type": "string", "pattern": pattern})
}

fn length(least: usize, most: usize) -> Json {
    json!({"type": "string", "minLength": least, "maxLength": most})
}

pub(crate) fn number(format: &str, least: impl Into<Json>, most: impl Into<Json>) -> Json {
    json!({"type": "integer", "format": format, "minimum": least.into(), "maximum": most.into()})
}

impl Value for QuickReplies {
    fn take(fields: &mut Fields, name: &str) -> Result<Option<Self>, Error> {
        let options = fields.optional_list(name)?.map(Self::new).transpose();
        options.map_err(|fault| fields.fault(name, fault))
    }

    fn schema() -> Json {
        json!({"type": "array", "minItems": 1, "maxItems": Self::MOST, "items": OptionText::schema()})
    }
}

/// Any text: a password, token or cursor, which is only compared.
impl Value for String {
    fn take(fields: &mut Fields, name: &str) -> Result<Option<Self>, Error> {
        Ok(fields.optional::<Any>(name)?.map(|any| any.0))
    }

    fn schema() -> Json {
        json!({"type": "string"})
    }
}

struct Any(String);

impl FromStr for Any {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }
}

/// The user name of a login: any text, because it is only compared.
pub(crate) struct LogInName(pub(crate) String);

impl Value for LogInName {
    fn take(fields: &mut Fields, name: &str) -> Result<Option<Self>, Error> {
        Ok(String::take(fields, name)?.map(Self))
    }

    fn schema() -> Json {
        AccountReference::schema()
    }
}
