//! The JSON of seed files: an object with lists of records, or one record a line.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::file::{Kind, Pieces};
use crate::{Fields, excerpt};

/// `{"accounts": [...], "messages": [...], ...}`
pub(super) struct SeedFile<'a>(pub(super) &'a mut Pieces);

impl<'de> Visitor<'de> for SeedFile<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with lists such as \"accounts\" and \"messages\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let kind = Kind::named(&name, Kind::list);
            match kind {
                Ok(kind) if kind == self.0.kind && !seen.contains(&kind) => map.next_value_seed(RecordList(self.0))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
            let fault = match kind {
                Err(fault) => fault,
                Ok(kind) if seen.contains(&kind) => "appears more than once".to_owned(),
                Ok(kind) => {
                    seen.push(kind);
                    continue;
                }
            };
            // The names are the same in each pass, so only one reports them.
            if self.0.kind == Kind::FIRST {
                self.0.add(excerpt(&name), Err(fault)).map_err(A::Error::custom)?;
            }
        }
        Ok(())
    }
}

struct RecordList<'a>(&'a mut Pieces);

impl<'de> DeserializeSeed<'de> for RecordList<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for RecordList<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a list of {}", self.0.kind.list())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut place = 0u64;
        while let Some(Record(fields)) = list.next_element()? {
            let name = format!("{}[{place}]", self.0.kind.list());
            self.0.add(name, fields).map_err(A::Error::custom)?;
            place += 1;
        }
        Ok(())
    }
}

/// `{"account": {...}}`, `{"message": {...}}` and so on: the record, if it is of the wanted kind.
pub(super) struct SeedLine<'a> {
    pub(super) wanted: Kind,
    /// The kind of the record, as soon as it is known.
    pub(super) found: &'a mut Option<Kind>,
}

impl<'de> Visitor<'de> for SeedLine<'_> {
    type Value = Option<Record>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with one field, such as \"account\" or \"message\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Record>, A::Error> {
        let name = map.next_key::<String>()?.unwrap_or_default();
        let kind = Kind::named(&name, Kind::line)
            .map_err(|fault| A::Error::custom(format!("\"{}\" {fault}", excerpt(&name))))?;
        *self.found = Some(kind);
        let record =
            if kind == self.wanted { Some(map.next_value()?) } else { map.next_value::<IgnoredAny>().map(|_| None)? };
        match map.next_key::<String>()? {
            None => Ok(record),
            Some(other) => {
                Err(A::Error::custom(format!("\"{}\" is a second field; a line has one record", excerpt(&other))))
            }
        }
    }
}

/// The fields of a record, or why it is not one.
pub(super) struct Record(pub(super) Result<Fields, String>);

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyRecord)
    }
}

struct AnyRecord;

/// Returns the fault of a value that is not a record. The records after it are read nevertheless.
fn no_record(found: &str) -> Record {
    Record(Err(format!("must be an object with named fields, not {found}")))
}

impl<'de> Visitor<'de> for AnyRecord {
    type Value = Record;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with named fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
        let mut fields = Fields::default();
        while let Some((name, value)) = map.next_entry()? {
            fields.add(name, value);
        }
        Ok(Record(Ok(fields)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Record, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(no_record("a list"))
    }

    fn visit_unit<E>(self) -> Result<Record, E> {
        Ok(no_record("null"))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Record, E> {
        Ok(no_record("true or false"))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Record, E> {
        Ok(no_record("a number"))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Record, E> {
        Ok(no_record("a number"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Record, E> {
        Ok(no_record("a number"))
    }

    fn visit_str<E>(self, _: &str) -> Result<Record, E> {
        Ok(no_record("a text"))
    }
}
