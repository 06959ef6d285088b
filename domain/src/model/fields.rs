//! Parses named fields of input into the domain's types. Collects all faults, and rejects unknown fields by name.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::error::{Error, Fault};
use super::names::AccountReference;
use super::text::excerpt;

/// Maximum number of faults that an error lists. Further ones are only counted.
const FAULTS_TOLD: usize = 10;

/// The fields of one JSON object, form or record.
#[derive(Debug, Default, Clone)]
pub struct Fields {
    values: BTreeMap<String, Value>,
    /// The fields of a form, in which a list repeats its name for each element.
    of_form: BTreeSet<String>,
    /// The names that errors must not show.
    concealed: BTreeSet<String>,
    faults: Vec<Fault>,
    more_faults: usize,
}

impl Fields {
    /// Adds a field. A second one of the same name is a fault.
    pub fn add(&mut self, name: String, value: Value) {
        match self.values.entry(name) {
            Entry::Vacant(place) => {
                place.insert(value);
            }
            Entry::Occupied(place) => {
                let name = place.key().clone();
                self.blame_as_sent(&name, "appears more than once");
            }
        }
    }

    /// Adds a field of a form. An empty value counts as missing, like null in JSON. A repeated name makes a list,
    /// which is a fault if the field is read as a single value.
    pub fn add_of_form(&mut self, name: String, text: String) {
        match self.values.entry(name) {
            Entry::Vacant(place) => {
                self.of_form.insert(place.key().clone());
                place.insert(if text.is_empty() { Value::Null } else { Value::String(text) });
            }
            Entry::Occupied(mut place) if self.of_form.contains(place.key()) => {
                let mut list = match place.get_mut().take() {
                    Value::Array(list) => list,
                    Value::Null => vec![Value::String(String::new())],
                    one => vec![one],
                };
                list.push(Value::String(text));
                place.insert(Value::Array(list));
            }
            Entry::Occupied(place) => {
                let name = place.key().clone();
                self.blame_as_sent(&name, "is both a single value and a list");
            }
        }
    }

    /// Keeps this name out of errors, unless it is read as a field: it may be the rest of a value, such as a password
    /// that contains an `&`.
    pub fn conceal(&mut self, name: &str) {
        self.concealed.insert(name.to_owned());
    }

    /// Adds an element to a list, and creates the list for the first one.
    pub fn add_to_list(&mut self, name: String, value: Value) {
        match self.values.get_mut(&name) {
            Some(Value::Array(list)) => list.push(value),
            Some(_) => self.blame_as_sent(&name, "is both a single value and a list"),
            None => self.add(name, Value::Array(vec![value])),
        }
    }

    /// Returns whether the field is present. Null counts as missing.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| !value.is_null())
    }

    /// Returns whether the field is present and null.
    #[must_use]
    pub fn is_null(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(Value::is_null)
    }

    /// Returns the fields and their values in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Renames a field, to support a second name for it.
    pub fn rename(&mut self, from: &str, to: &str) {
        if let Some(value) = self.values.remove(from) {
            self.add(to.to_owned(), value);
            if self.of_form.remove(from) {
                self.of_form.insert(to.to_owned());
            }
        }
    }

    /// Reads a required text.
    ///
    /// # Errors
    /// The fault. [`Fields::end`] returns it together with all others. This applies to every reader here.
    pub fn required<T: FromStr<Err = String>>(&mut self, name: &str) -> Result<T, Error> {
        let found = self.optional(name)?;
        found.ok_or_else(|| self.fault(name, "is missing"))
    }

    /// Reads an optional text.
    pub fn optional<T: FromStr<Err = String>>(&mut self, name: &str) -> Result<Option<T>, Error> {
        match self.take_one(name)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => self.parse(name, &text).map(Some),
            Some(other) => Err(self.fault(name, format!("must be a text, not {}", kind(&other)))),
        }
    }

    /// Reads a required number, given as a number or as a text.
    pub fn required_number<T: FromStr<Err = String>>(&mut self, name: &str) -> Result<T, Error> {
        let found = self.optional_number(name)?;
        found.ok_or_else(|| self.fault(name, "is missing"))
    }

    /// Reads an optional number, given as a number or as a text.
    pub fn optional_number<T: FromStr<Err = String>>(&mut self, name: &str) -> Result<Option<T>, Error> {
        self.text_or_number(name, "a number")
    }

    /// Reads an optional account: a user name, or an id as a number or as a text.
    pub fn optional_account(&mut self, name: &str) -> Result<Option<AccountReference>, Error> {
        self.text_or_number(name, "a user name or an id")
    }

    fn text_or_number<T: FromStr<Err = String>>(&mut self, name: &str, wanted: &str) -> Result<Option<T>, Error> {
        match self.take_one(name)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => self.parse(name, &text).map(Some),
            Some(Value::Number(number)) => self.parse(name, &number.to_string()).map(Some),
            Some(other) => Err(self.fault(name, format!("must be {wanted}, not {}", kind(&other)))),
        }
    }

    /// Removes and returns a field that is not a list.
    fn take_one(&mut self, name: &str) -> Result<Option<Value>, Error> {
        match self.values.remove(name) {
            Some(Value::Array(_)) if self.of_form.contains(name) => Err(self.fault(name, "appears more than once")),
            value => Ok(value),
        }
    }

    /// Reads an optional list of texts.
    pub fn optional_list<T: FromStr<Err = String>>(&mut self, name: &str) -> Result<Option<Vec<T>>, Error> {
        let list = match self.values.remove(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(list)) => list,
            Some(one @ Value::String(_)) if self.of_form.contains(name) => vec![one],
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

    /// Rejects a field, if present, because it cannot be combined with others.
    pub fn refuse(&mut self, name: &str, message: &str) {
        if self.values.remove(name).is_some_and(|value| !value.is_null()) {
            self.fault(name, message);
        }
    }

    /// Records a fault that only shows when several fields are compared.
    pub fn fault(&mut self, name: impl Into<String>, message: impl Into<String>) -> Error {
        let fault = Fault::new(name, message);
        self.note(fault.clone());
        Error::Invalid(vec![fault])
    }

    /// Keeps the first faults and counts the others, so that an error is not larger than the input.
    fn note(&mut self, fault: Fault) {
        if self.faults.contains(&fault) {
            return;
        }
        if self.faults.len() < FAULTS_TOLD {
            self.faults.push(fault);
        } else {
            self.more_faults += 1;
        }
    }

    /// Records a fault of a field whose name the client chose. The name may be a secret that was sent by mistake,
    /// such as a password, so it is shown only if it looks like a field name.
    fn blame_as_sent(&mut self, name: &str, message: &str) {
        let fault = if looks_like_a_name(name) && !self.concealed.contains(name) {
            Fault::new(excerpt(name), message)
        } else {
            let hidden = "contain a name that this request does not have. It is not shown, because it may be a secret. \
                          In a form, write each field as name=value, and & in a value as %26";
            Fault::new("fields", hidden)
        };
        self.note(fault);
    }

    /// Finishes parsing. All expected fields must have been read.
    ///
    /// # Errors
    /// `Invalid` with the first faults, which include unread fields, and the number of further ones.
    pub fn end(mut self) -> Result<(), Error> {
        for name in std::mem::take(&mut self.values).into_keys() {
            self.blame_as_sent(&name, "is not a field of this request");
        }
        if self.more_faults > 0 {
            self.faults.push(Fault::new("fields", format!("have {} more faults", self.more_faults)));
        }
        if self.faults.is_empty() { Ok(()) } else { Err(Error::Invalid(self.faults)) }
    }

    fn parse<T: FromStr<Err = String>>(&mut self, name: &str, text: &str) -> Result<T, Error> {
        text.parse().map_err(|fault: String| self.fault(name, fault))
    }
}

fn looks_like_a_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-[]".contains(&byte))
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
