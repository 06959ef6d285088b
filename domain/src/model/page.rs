//! Pagination of lists: a page size and a cursor that marks where the next page starts.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use super::error::Error;
use super::ids::Id;

/// The page size: 1–100 items, 20 by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u8);

impl Limit {
    /// Maximum page size.
    pub const MOST: u8 = 100;
    /// Ten.
    pub const TEN: Self = Self(10);

    /// Returns the number.
    #[must_use]
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(20)
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse()
            .ok()
            .filter(|limit| (1..=Self::MOST).contains(limit))
            .map(Self)
            .ok_or_else(|| "must be a whole number from 1 to 100".to_owned())
    }
}

/// A request for one page of a list.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    /// The page size.
    pub limit: Limit,
    /// The `next` cursor of the previous page, as the caller sent it. Not validated yet.
    pub cursor: Option<String>,
}

/// A request for part of a list by offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    /// The number of items to skip.
    pub start: usize,
    /// The page size.
    pub limit: Limit,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// The end of a page, after which the next one starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) last: Id,
    /// The number of items up to this one, in lists that end after a number of items.
    pub(crate) count: Option<u16>,
}

/// The name of a list as seen by one caller. Cursors are bound to it by a hash, which catches mistakes but is no
/// protection: permissions are checked again for every page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListName<'a>(pub &'a [&'a str]);

const BOND: usize = 8;

/// Maximum number of reads for one page, if many entries are filtered out.
const ROUNDS: usize = 8;
/// Number of entries per read after the first one, which has filtered out some.
const STEP: usize = 100;

/// A page that is filled by several reads, because entries that the reader may not see are filtered out.
#[derive(Debug)]
pub(crate) struct Filling<T> {
    items: Vec<T>,
    limit: usize,
    after: Option<Id>,
    rounds: usize,
    /// Whether there may be more entries after `after`.
    more: bool,
}

impl<T> Filling<T> {
    /// Starts an empty page after this id.
    pub(crate) fn new(after: Option<Id>, limit: Limit) -> Self {
        Self { items: Vec::with_capacity(limit.get()), limit: limit.get(), after, rounds: 0, more: true }
    }

    /// Returns the id to read after and the number of entries to read. Returns `None` if the page is full, the list
    /// has ended, or so many entries were filtered out that the rest is left to the next page.
    pub(crate) fn wants(&mut self) -> Option<(Option<Id>, usize)> {
        if !self.more || self.items.len() >= self.limit || self.rounds >= ROUNDS {
            return None;
        }
        let count = if self.rounds == 0 { self.limit + 1 } else { STEP };
        self.rounds += 1;
        Some((self.after, count))
    }

    /// Adds the entries that were read, each with its id. An item of `None` was filtered out. `is_last` tells whether
    /// the list ends here.
    pub(crate) fn take(&mut self, read: impl IntoIterator<Item = (Id, Option<T>)>, is_last: bool) {
        let mut left = false;
        for (id, item) in read {
            if self.items.len() >= self.limit {
                left |= item.is_some();
            } else {
                self.after = Some(id);
                self.items.extend(item);
            }
        }
        self.more = left || !is_last;
    }

    /// Returns the page.
    pub(crate) fn end(self, list: &ListName<'_>) -> Page<T> {
        let next = self.after.filter(|_| self.more).map(|last| list.cursor(last));
        Page { items: self.items, next }
    }
}

impl Cursor {
    /// Returns the text of the cursor in a list: the id, the count if there is one, and the hash that binds it.
    pub(crate) fn text(self, list: &ListName<'_>) -> String {
        let mut bytes = self.last.number().to_be_bytes().to_vec();
        bytes.extend(self.count.into_iter().flat_map(u16::to_be_bytes));
        bytes.extend(list.bond(&bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn parse(text: &str, list: &ListName<'_>) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (place, bond) = bytes.split_last_chunk()?;
        let (number, count) = place.split_first_chunk()?;
        let count = if count.is_empty() { None } else { Some(u16::from_be_bytes(count.try_into().ok()?)) };
        let last = Id::new(i64::from_be_bytes(*number))?;
        (*bond == list.bond(place)).then_some(Self { last, count })
    }
}

impl ListName<'_> {
    /// Returns the text of the cursor that continues after this id.
    pub(crate) fn cursor(&self, last: Id) -> String {
        Cursor { last, count: None }.text(self)
    }

    /// Returns the cursor of a request, or `None` for the first page.
    pub(crate) fn requested(&self, request: &PageRequest) -> Result<Option<Cursor>, Error> {
        request.cursor.as_deref().map(|text| Cursor::parse(text, self).ok_or(Error::BadCursor)).transpose()
    }

    /// Returns the id to continue after, or `None` for the first page.
    pub(crate) fn position(&self, request: &PageRequest) -> Result<Option<Id>, Error> {
        Ok(self.requested(request)?.map(|cursor| cursor.last))
    }

    /// Builds a page from items in list order. The caller has read one item more than the limit if there is a next
    /// page.
    pub(crate) fn page<T>(&self, mut items: Vec<T>, limit: Limit, id: impl Fn(&T) -> Id) -> Page<T> {
        let more = items.len() > limit.get();
        items.truncate(limit.get());
        let next = items.last().filter(|_| more).map(|last| self.cursor(id(last)));
        Page { items, next }
    }

    /// Returns the requested page of a complete list in memory, newest first.
    pub(crate) fn page_of<T>(
        &self,
        all: Vec<T>,
        request: &PageRequest,
        id: impl Fn(&T) -> Id,
    ) -> Result<Page<T>, Error> {
        let after = self.position(request)?;
        let behind = all.into_iter().filter(|thing| after.is_none_or(|after| id(thing) < after));
        Ok(self.page(behind.take(request.limit.get() + 1).collect(), request.limit, id))
    }

    fn bond(&self, place: &[u8]) -> [u8; BOND] {
        let mut bytes = Vec::new();
        for part in self.0 {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes.extend(place);
        let mut bond = [0; BOND];
        bond.copy_from_slice(&digest(&SHA256, &bytes).as_ref()[..BOND]);
        bond
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_that_clients_hold_stay_valid() {
        let (list, other) = (ListName(&["home", "mj"]), ListName(&["home", "mjb"]));
        for (text, count) in [("AAAAAAAAAAcY3YQzEU2kxA", None), ("AAAAAAAAAAcAFBuTUGzAZzKr", Some(20))] {
            let cursor = Cursor { last: Id::new(7).unwrap(), count };
            assert_eq!(cursor.text(&list), text);
            assert_eq!(Cursor::parse(text, &list), Some(cursor));
            assert_eq!(Cursor::parse(text, &other), None);
            assert_eq!(Cursor::parse(&text[..20], &list), None);
        }
    }
}
