//! The parameters for paging, which every list supports.

use std::str::FromStr;

use twclone_domain::{Error, Fields, PageRequest};
use utoipa::IntoParams;

/// Which page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub(crate) struct PageParameters {
    /// How many at most: 1–100, by default 20.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

impl PageParameters {
    pub(crate) fn read(mut fields: Fields) -> Result<PageRequest, Error> {
        let page = page(&mut fields);
        fields.end()?;
        page
    }
}

/// Reads the parameters for paging of a list that also has parameters of its own.
pub(crate) fn page(fields: &mut Fields) -> Result<PageRequest, Error> {
    let limit = fields.optional_number("limit");
    let cursor = fields.optional::<Any>("cursor");
    Ok(PageRequest { limit: limit?.unwrap_or_default(), cursor: cursor?.map(|cursor| cursor.0) })
}

/// A text without validation, for values that are only compared.
pub(crate) struct Any(pub(crate) String);

impl FromStr for Any {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }
}
