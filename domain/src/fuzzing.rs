//! What the targets in `fuzz/` call besides the public functions; there only where `cargo fuzz` builds.

use std::path::Path;

use crate::model::page::ListName;
use crate::{Error, Id, Installation, PageRequest};

/// The cursors of a list behind an id, without and with a count.
#[must_use]
pub fn cursors(list: &str, id: Id, count: u16) -> [String; 2] {
    [ListName(&[list]).cursor(id), ListName(&[list]).cursor_with_count(id, count.into())]
}

/// Where a cursor leads in a list, read as one without and as one with a count.
#[must_use]
pub fn positions(list: &str, cursor: &str) -> (Option<Id>, Option<(Id, u16)>) {
    let request = PageRequest { cursor: Some(cursor.to_owned()), ..PageRequest::default() };
    let counted = ListName(&[list]).position_and_count(&request).ok();
    let counted = counted.and_then(|(id, count)| Some((id?, u16::try_from(count).ok()?)));
    (ListName(&[list]).position(&request).unwrap_or_default(), counted)
}

/// Checks a file of seed data, as before a load.
pub async fn check_seed(installation: &Installation, file: &Path) -> Result<(), Error> {
    crate::seed::check_only(installation, file).await
}
