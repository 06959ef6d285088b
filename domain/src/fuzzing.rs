//! What the targets in `fuzz/` call besides the public functions; there only where `cargo fuzz` builds.

use std::path::Path;

use crate::model::page::{Cursor, ListName};
use crate::{Error, Id, Installation, PageRequest};

/// Returns the text of a cursor in a list.
#[must_use]
pub fn cursor(list: &str, last: Id, count: Option<u16>) -> String {
    Cursor { last, count }.text(&ListName(&[list]))
}

/// Returns the id and the count of a cursor, if this list issued it.
#[must_use]
pub fn position(list: &str, cursor: &str) -> Option<(Id, Option<u16>)> {
    let request = PageRequest { cursor: Some(cursor.to_owned()), ..PageRequest::default() };
    let cursor = ListName(&[list]).requested(&request).ok()??;
    Some((cursor.last, cursor.count))
}

/// Checks a file of seed data, as before a load.
pub async fn check_seed(installation: &Installation, file: &Path) -> Result<(), Error> {
    crate::seed::check_only(installation, file).await
}
