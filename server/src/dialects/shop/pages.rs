//! Pagination by page number and by cursor. Page numbers are limited, because high offsets are expensive to read.

use std::str::FromStr;

use serde_json::Value as Json;
use twclone_domain::{Error, Fields, Offset, PageRequest};

use crate::requests::{Field, Value, number, request};

/// The last item that a numbered page can contain.
const LAST_ITEM: usize = 1_000;

request! {
    /// The page of a list: by number, by cursor, or the first.
    pub(super) struct NumberedParameters {
        /// The page number, from 1. It can reach up to the 1,000th item, and cannot be combined with `cursor`.
        "page" => number: Option<Number>,
        page: PageRequest,
    }
}

/// The page of a list that a request asks for.
pub(super) enum Wanted {
    /// The page with this number.
    Numbered(usize, Offset),
    /// The page after a cursor, or the first page.
    Linked(PageRequest),
}

impl Wanted {
    pub(super) fn read(mut fields: Fields) -> Result<Self, Error> {
        let read = <NumberedParameters as Field>::read(&mut fields, "");
        if let Ok(NumberedParameters { number: Some(number), page }) = &read
            && number.0.saturating_mul(page.limit.get()) > LAST_ITEM
        {
            let message = "reaches beyond the 1,000th item: go on with cursor, the next of the page before; the list \
                           without page begins with one";
            fields.fault("page", message);
        }
        fields.end()?;
        let NumberedParameters { number, page } = read?;
        Ok(match number {
            Some(Number(number)) => {
                Self::Numbered(number, Offset { start: (number - 1) * page.limit.get(), limit: page.limit })
            }
            None => Self::Linked(page),
        })
    }

    /// Returns the page number and the page size. The number of a page after a cursor is unknown.
    pub(super) fn place(&self) -> (Option<usize>, usize) {
        match self {
            Self::Numbered(number, offset) => (Some(*number), offset.limit.get()),
            Self::Linked(request) => (Some(1).filter(|_| request.cursor.is_none()), request.limit.get()),
        }
    }
}

/// A page number, from 1.
pub(super) struct Number(usize);

impl FromStr for Number {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|number| *number >= 1);
        number.map(Self).ok_or_else(|| "must be a whole number from 1".to_owned())
    }
}

impl Value for Number {
    fn take(fields: &mut Fields, name: &str) -> Result<Option<Self>, Error> {
        let number = fields.optional_number(name)?;
        if number.is_some() {
            fields.refuse("cursor", "cannot go together with page: go on with one of them");
        }
        Ok(number)
    }

    fn schema() -> Json {
        number("int32", 1, LAST_ITEM)
    }
}
