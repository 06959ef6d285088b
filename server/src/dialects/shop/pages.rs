//! Pagination by page number and by cursor. Page numbers are limited, because high offsets are expensive to read.

use std::str::FromStr;

use twclone_domain::{Error, Fields, Limit, Offset, PageRequest};
use utoipa::IntoParams;

use crate::pages::page;

/// The last item that a numbered page can contain.
const LAST_ITEM: usize = 1_000;

/// Which page of a list: by number, by cursor, or the first.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub(super) struct NumberedParameters {
    /// How many at most: 1–100, by default 20.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// The page's number, from 1; up to the 1,000th item.
    #[param(minimum = 1, maximum = 1000)]
    page: Option<u16>,
    /// The `next` of the page before; not together with `page`.
    cursor: Option<String>,
}

/// The page of a list that a request asks for.
pub(super) enum Wanted {
    /// The page with this number.
    Numbered(usize, Offset),
    /// The page after a cursor, or the first page.
    Linked(PageRequest),
}

impl NumberedParameters {
    pub(super) fn read(mut fields: Fields) -> Result<Wanted, Error> {
        let number = fields.optional_number::<Number>("page");
        if matches!(number, Ok(Some(_))) {
            fields.refuse("cursor", "cannot go together with page: go on with one of them");
        }
        let request = page(&mut fields);
        let offset = match (&number, &request) {
            (Ok(Some(number)), Ok(request)) => number.offset(&mut fields, request.limit).map(Some),
            _ => Ok(None),
        };
        fields.end()?;
        Ok(match (number?, offset?) {
            (Some(number), Some(offset)) => Wanted::Numbered(number.0, offset),
            _ => Wanted::Linked(request?),
        })
    }
}

impl Wanted {
    /// Returns the page number and the page size. The number of a page after a cursor is unknown.
    pub(super) fn place(&self) -> (Option<usize>, usize) {
        match self {
            Self::Numbered(number, offset) => (Some(*number), offset.limit.get()),
            Self::Linked(request) => (Some(1).filter(|_| request.cursor.is_none()), request.limit.get()),
        }
    }
}

/// A page number, from 1.
struct Number(usize);

impl FromStr for Number {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|number| *number >= 1);
        number.map(Self).ok_or_else(|| "must be a whole number from 1".to_owned())
    }
}

impl Number {
    fn offset(&self, fields: &mut Fields, limit: Limit) -> Result<Offset, Error> {
        if self.0.saturating_mul(limit.get()) > LAST_ITEM {
            let message = "reaches beyond the 1,000th item: go on with cursor, the next of the page before; the list \
                           without page begins with one";
            return Err(fields.fault("page", message));
        }
        Ok(Offset { start: (self.0 - 1) * limit.get(), limit })
    }
}
