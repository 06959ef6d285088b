//! The parameters for paging, which every list supports.

use twclone_domain::{Limit, PageRequest};

use crate::requests::request;

request! {
    /// The page of a list.
    pub(crate) struct PageParameters -> PageRequest {
        /// The maximum number of items: 1–100, 20 by default.
        "limit" => limit: Limit,
        /// The `next` of the previous page.
        "cursor" => cursor: Option<String>,
    }
}

/// Reads the parameters for paging of a list that also has parameters of its own.
pub(crate) fn page(fields: &mut twclone_domain::Fields) -> Result<PageRequest, twclone_domain::Error> {
    crate::requests::Field::read(fields, "")
}

/// A text without validation, for values that are only compared.
pub(crate) struct Any(pub(crate) String);

impl std::str::FromStr for Any {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }
}
