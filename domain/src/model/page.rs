//! Lists come in pages: a limit, and a cursor that says where to go on.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use super::error::Error;
use super::ids::Id;

/// How many things a page holds at most: 1–100, 20 where nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u8);

impl Limit {
    /// The number.
    #[must_use]
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Limit {
    /// Ten.
    pub const TEN: Self = Self(10);
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
            .filter(|limit| (1..=100).contains(limit))
            .map(Self)
            .ok_or_else(|| "must be a whole number from 1 to 100".to_owned())
    }
}

/// What a caller asks of a list: how much, and from where.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    /// How many at most.
    pub limit: Limit,
    /// The `next` of the page before, as the caller brought it.
    pub cursor: Option<String>,
}

/// What a caller asks of a list by number: how many to pass over, and how many he wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    /// How many to pass over.
    pub start: usize,
    /// How many at most.
    pub limit: Limit,
}

/// A part of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The things, in the order of the list.
    pub items: Vec<T>,
    /// The cursor of the page behind this one, if there is one.
    pub next: Option<String>,
}

/// The name of one list as one caller sees it; a cursor is bound to it. The bond is a check against
/// mistakes, not a secret: what a caller may see is decided anew on every page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListName<'a>(pub &'a [&'a str]);

const BOND: usize = 8;

/// How often a list is read for one page, where much of it is passed over.
const ROUNDS: usize = 8;
/// How many entries are read at once after the first round, which has passed over some.
const STEP: usize = 100;

/// A page that is filled in rounds, since some of what is read is not shown to everybody.
#[derive(Debug)]
pub(crate) struct Filling<T> {
    items: Vec<T>,
    limit: usize,
    after: Option<Id>,
    rounds: usize,
    /// Whether there may be more behind `after`.
    more: bool,
}

impl<T> Filling<T> {
    /// Begins a page behind this place.
    pub(crate) fn new(after: Option<Id>, limit: Limit) -> Self {
        Self { items: Vec::with_capacity(limit.get()), limit: limit.get(), after, rounds: 0, more: true }
    }

    /// Behind which id to read on, and how many entries; `None` where the page is full, or the list is at its end, or so
    /// much was passed over that the rest is for the next page.
    pub(crate) fn wants(&mut self) -> Option<(Option<Id>, usize)> {
        if !self.more || self.items.len() >= self.limit || self.rounds >= ROUNDS {
            return None;
        }
        let count = if self.rounds == 0 { self.limit + 1 } else { STEP };
        self.rounds += 1;
        Some((self.after, count))
    }

    /// Takes what was read, each with its id, and `None` where it is passed over; and whether this was all there is.
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

    /// The page.
    pub(crate) fn end(self, list: &ListName<'_>) -> Page<T> {
        let next = self.after.filter(|_| self.more).map(|last| list.cursor(last));
        Page { items: self.items, next }
    }
}

impl ListName<'_> {
    /// The cursor behind the thing with this id.
    pub(crate) fn cursor(&self, last: Id) -> String {
        let mut bytes = last.number().to_be_bytes().to_vec();
        bytes.extend(self.bond(last, &[]));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Where a request goes on: behind this id, or at the start.
    pub(crate) fn position(&self, request: &PageRequest) -> Result<Option<Id>, Error> {
        let Some(cursor) = &request.cursor else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Error::BadCursor)?;
        let (number, bond) = bytes.split_first_chunk().ok_or(Error::BadCursor)?;
        let last = Id::new(i64::from_be_bytes(*number)).ok_or(Error::BadCursor)?;
        if bond == self.bond(last, &[]) { Ok(Some(last)) } else { Err(Error::BadCursor) }
    }

    /// Makes a page of things read in order, of which there is one more than the limit if there is a next
    /// page.
    pub(crate) fn page<T>(&self, mut items: Vec<T>, limit: Limit, id: impl Fn(&T) -> Id) -> Page<T> {
        let more = items.len() > limit.get();
        items.truncate(limit.get());
        let next = items.last().filter(|_| more).map(|last| self.cursor(id(last)));
        Page { items, next }
    }

    /// The cursor behind the thing with this id, up to which there were so many.
    pub(crate) fn cursor_with_count(&self, last: Id, count: usize) -> String {
        let mut bytes = last.number().to_be_bytes().to_vec();
        bytes.extend(u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend(self.bond(last, &bytes[8..]));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Where a request goes on, and how many came before.
    pub(crate) fn position_and_count(&self, request: &PageRequest) -> Result<(Option<Id>, usize), Error> {
        let Some(cursor) = &request.cursor else { return Ok((None, 0)) };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Error::BadCursor)?;
        let (number, rest) = bytes.split_first_chunk().ok_or(Error::BadCursor)?;
        let (count, bond) = rest.split_first_chunk().ok_or(Error::BadCursor)?;
        let last = Id::new(i64::from_be_bytes(*number)).ok_or(Error::BadCursor)?;
        let whole = bond == self.bond(last, count);
        if whole { Ok((Some(last), u16::from_be_bytes(*count).into())) } else { Err(Error::BadCursor) }
    }

    /// The page of a request, of things that are all at hand, newest first.
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

    fn bond(&self, last: Id, more: &[u8]) -> [u8; BOND] {
        let mut bytes = Vec::new();
        for part in self.0 {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes.extend(last.number().to_be_bytes());
        bytes.extend(more);
        let mut bond = [0; BOND];
        bond.copy_from_slice(&digest(&SHA256, &bytes).as_ref()[..BOND]);
        bond
    }
}
