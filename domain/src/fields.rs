//! Named fields as they come from outside, read into the domain's types: every fault is collected, none is
//! let through, and what nobody asked for is refused by name.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::{AccountReference, Error, Fault};

/// The fields of one JSON object, form or record.
#[derive(Debug, Default, Clone)]
pub struct Fields {
    values: BTreeMap<String, Value>,
    faults: Vec<Fault>,
}

impl Fields {
    /// Adds a field as it came; a second one of the same name is a fault.
    pub fn add(&mut self, name: String, value: Value) {
        match self.values.entry(name) {
            Entry::Vacant(place) => {
                place.insert(value);
            }
            Entry::Occupied(place) => self.faults.push(Fault::new(place.key(), "is there more than once")),
        }
    }

    /// Adds to a list, which begins with its first element.
    pub fn add_to_list(&mut self, name: String, value: Value) {
        match self.values.get_mut(&name) {
            Some(Value::Array(list)) => list.push(value),
            Some(_) => self.faults.push(Fault::new(name, "is there as one value and as a list")),
            None => self.add(name, Value::Array(vec![value])),
        }
    }

    /// Whether there is such a field; null says that there is not.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| !value.is_null())
    }

    /// Whether the field is there and says that there is nothing.
    #[must_use]
    pub fn is_null(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(Value::is_null)
    }

    /// The fields and their values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Gives a field another name, under which it is read; for the second name of a field.
    pub fn rename(&mut self, from: &str, to: &str) {
        if let Some(value) = self.values.remove(from) {
            self.add(to.to_owned(), value);
        }
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// The fault, which [`Fields::end`] answers together with all others; so does every reader here.
    pub fn required<T: FromStr<Err = String>>(&mut self, name: &str) -> Result<T, Error> {
        let found = self.optional(name)?;
        found.ok_or_else(|| self.fault(name, "is missing"))
    }

    /// A text that may be there.
    pub fn optional<T: FromStr<Err = String>>(&mut self, name: &str) -> Result<Option<T>, Error> {
        match self.values.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => self.parse(name, &text).map(Some),
            Some(other) => Err(self.fault(name, format!("must be a text, not {}", kind(&other)))),
        }
    }

    /// A number that must be there, as a number or as a text.
    pub fn required_number<T: FromStr<Err = String>>(&mut self, name: &str) -> Result<T, Error> {
        let found = self.optional_number(name)?;
        found.ok_or_else(|| self.fault(name, "is missing"))
    }

    /// A number that may be there, as a number or as a text.
    pub fn optional_number<T: FromStr<Err = String>>(&mut self, name: &str) -> Result<Option<T>, Error> {
        self.text_or_number(name, "a number")
    }

    /// An account that must be there: a user name, or an id as a number or as a text.
    pub fn required_account(&mut self, name: &str) -> Result<AccountReference, Error> {
        let found = self.optional_account(name)?;
        found.ok_or_else(|| self.fault(name, "is missing"))
    }

    /// An account that may be there.
    pub fn optional_account(&mut self, name: &str) -> Result<Option<AccountReference>, Error> {
        self.text_or_number(name, "a user name or an id")
    }

    fn text_or_number<T: FromStr<Err = String>>(&mut self, name: &str, wanted: &str) -> Result<Option<T>, Error> {
        match self.values.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => self.parse(name, &text).map(Some),
            Some(Value::Number(number)) => self.parse(name, &number.to_string()).map(Some),
            Some(other) => Err(self.fault(name, format!("must be {wanted}, not {}", kind(&other)))),
        }
    }

    /// A list of texts that may be there.
    pub fn optional_list<T: FromStr<Err = String>>(&mut self, name: &str) -> Result<Option<Vec<T>>, Error> {
        let list = match self.values.remove(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(list)) => list,
            Some(other) => {
                let hint =
                    format!("must be a list of texts, not {}; with httpie: {name}:='[\"Yes\", \"No\"]'", kind(&other));
                return Err(self.fault(name, hint));
            }
        };
        let elements: Vec<_> = list
            .into_iter()
            .enumerate()
            .map(|(place, element)| match element {
                Value::String(text) => self.parse(&format!("{name}[{place}]"), &text),
                other => Err(self.fault(format!("{name}[{place}]"), format!("must be a text, not {}", kind(&other)))),
            })
            .collect();
        elements.into_iter().collect::<Result<_, _>>().map(Some)
    }

    /// Refuses a field that cannot go together with others, if it is there.
    pub fn refuse(&mut self, name: &str, message: &str) {
        if self.values.remove(name).is_some_and(|value| !value.is_null()) {
            self.fault(name, message);
        }
    }

    /// Notes a fault that only shows when fields are seen together.
    pub fn fault(&mut self, name: impl Into<String>, message: impl Into<String>) -> Error {
        let fault = Fault::new(name, message);
        self.faults.push(fault.clone());
        Error::Invalid(vec![fault])
    }

    /// Ends the reading: everything is to have been read by now.
    ///
    /// # Errors
    /// `Invalid` with every fault, among them each field that nobody read.
    pub fn end(mut self) -> Result<(), Error> {
        self.faults.extend(self.values.into_keys().map(|name| Fault::new(name, "is not a field of this request")));
        if self.faults.is_empty() { Ok(()) } else { Err(Error::Invalid(self.faults)) }
    }

    fn parse<T: FromStr<Err = String>>(&mut self, name: &str, text: &str) -> Result<T, Error> {
        text.parse().map_err(|fault: String| self.fault(name, fault))
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object with named fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Fields::default();
                while let Some((name, value)) = map.next_entry()? {
                    fields.add(name, value);
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(Object)
    }
}
