//! Conditions and changes as expressions. Names and values always use placeholders, because DynamoDB reserves many
//! common words.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::convert::to_wire;
use crate::api::{Change, Condition, PARTITION, Value};

/// The names and values that the expressions of one action use.
#[derive(Debug, Default)]
pub(super) struct Placeholders {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Placeholders {
    pub(super) fn name(&mut self, name: &str) -> String {
        let placeholder = format!("#{}", self.names.len());
        self.names.insert(placeholder.clone(), name.to_owned());
        placeholder
    }

    pub(super) fn value(&mut self, value: Value) -> String {
        let placeholder = format!(":{}", self.values.len());
        self.values.insert(placeholder.clone(), to_wire(value));
        placeholder
    }

    /// Returns `None` instead of an empty map, which the API rejects.
    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        Some(self.names.clone()).filter(|names| !names.is_empty())
    }

    pub(super) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        Some(self.values.clone()).filter(|values| !values.is_empty())
    }

    /// Returns the condition expression, or `None` if there are no conditions.
    pub(super) fn conditions(&mut self, conditions: &[Condition]) -> Option<String> {
        let parts: Vec<_> = conditions.iter().map(|condition| self.condition(condition)).collect();
        Some(parts.join(" AND ")).filter(|text| !text.is_empty())
    }

    fn condition(&mut self, condition: &Condition) -> String {
        match condition {
            Condition::Absent => format!("attribute_not_exists({})", self.name(PARTITION)),
            Condition::Present => format!("attribute_exists({})", self.name(PARTITION)),
            Condition::AttributeAbsent(name) => format!("attribute_not_exists({})", self.name(name)),
            Condition::AttributePresent(name) => format!("attribute_exists({})", self.name(name)),
            Condition::Equals(name, value) => self.comparison(name, "=", value),
            Condition::Less(name, value) => self.comparison(name, "<", value),
            Condition::Greater(name, value) => self.comparison(name, ">", value),
            Condition::AbsentOrLess(name, value) => {
                let absent = format!("attribute_not_exists({})", self.name(PARTITION));
                format!("({absent} OR {})", self.comparison(name, "<", value))
            }
        }
    }

    fn comparison(&mut self, name: &str, operator: &str, value: &Value) -> String {
        format!("{} {operator} {}", self.name(name), self.value(value.clone()))
    }

    /// Returns the update expression.
    pub(super) fn changes(&mut self, changes: &[Change]) -> String {
        let (mut set, mut add, mut remove) = (Vec::new(), Vec::new(), Vec::new());
        for change in changes {
            match change {
                Change::Set(name, value) => set.push(format!("{} = {}", self.name(name), self.value(value.clone()))),
                Change::Add(name, more) => {
                    add.push(format!("{} {}", self.name(name), self.value(Value::Number(*more))));
                }
                Change::Remove(name) => remove.push(self.name(name)),
            }
        }
        let clauses = [("SET", set), ("ADD", add), ("REMOVE", remove)].into_iter();
        let clauses = clauses.filter(|(_, parts)| !parts.is_empty());
        clauses.map(|(word, parts)| format!("{word} {}", parts.join(", "))).collect::<Vec<_>>().join(" ")
    }
}
