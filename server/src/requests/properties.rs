//! The description of requests in the OpenAPI document.

use serde_json::{Map, Value as Json, json};
use utoipa::openapi::path::Parameter;
use utoipa::openapi::{RefOr, Schema};

use super::{Field, Value};

/// A property in the OpenAPI document.
pub(crate) struct Property {
    pub(crate) name: &'static str,
    pub(crate) is_required: bool,
    schema: Json,
    about: Json,
}

impl Property {
    pub(super) fn of<T: Value>(name: &'static str, is_required: bool, about: Json) -> Vec<Self> {
        vec![Self { name, is_required, schema: T::schema(), about }]
    }

    /// Returns the property of a body. Null counts as missing.
    fn in_body(mut self) -> (String, Json) {
        if !self.is_required {
            let kind = self.schema["type"].take();
            self.schema["type"] = json!([kind, "null"]);
        }
        (self.name.to_owned(), merged(self.schema, self.about))
    }

    fn in_query(self) -> Json {
        let parameter = json!({"name": self.name, "in": "query", "required": self.is_required, "schema": self.schema});
        merged(parameter, self.about)
    }
}

/// Returns a description, which may have several lines, and an example.
pub(crate) fn about(description: &[&str], example: &[&str]) -> Json {
    let lines: Vec<_> = description.iter().map(|line| line.trim()).collect();
    let mut about = json!({"description": lines.join("\n")});
    if let Some(example) = example.first() {
        about["example"] = (*example).into();
    }
    about
}

/// Returns the schema of a body. Unknown fields are rejected, because they may be misspelt.
pub(crate) fn schema<T: Field>(description: &[&str]) -> RefOr<Schema> {
    let properties = T::properties("", Json::Null);
    let required: Vec<_> = properties.iter().filter(|property| property.is_required).map(|one| one.name).collect();
    let properties: Map<_, _> = properties.into_iter().map(Property::in_body).collect();
    let schema =
        json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false});
    serde_json::from_value(merged(schema, about(description, &[]))).unwrap_or_default()
}

/// Returns the parameters of a query.
pub(crate) fn parameters<T: Field>() -> Vec<Parameter> {
    let parameters = T::properties("", Json::Null).into_iter().map(Property::in_query).collect();
    serde_json::from_value(parameters).unwrap_or_default()
}

fn merged(mut one: Json, other: Json) -> Json {
    if let (Some(one), Json::Object(other)) = (one.as_object_mut(), other) {
        one.extend(other);
    }
    one
}
