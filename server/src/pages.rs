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
