//! Sample values, made from the examples and types of schemas. They are the same in every build.

use serde_json::{Map, Value};

use super::schema::{fields, options, parts, resolve, type_of};

const ID: &str = "117650988739119360";
const TIME: &str = "2026-11-20T21:53:40.164Z";
const ELLIPSIS: &str = "…";

/// Values of texts without an example, by the name of their field.
const TEXTS: &[(&str, &str)] = &[
    ("access_token", "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSIs…"),
    ("address", "203.0.113.7"),
    ("bio", "Six rings."),
    ("content", "I'm back."),
    ("currency", "USD"),
    ("description", "Leather, size 7"),
    ("email", "mj@example.com"),
    ("id", ID),
    ("name", "Michael Jordan"),
    ("password", "twc-6v2qJk0…"),
    ("refresh_token", "U6lnZtFYm79yenUmun9ohMGI12HsjurONwhcUV7E…"),
    ("request-id", "66ff33feb95d0b94"),
    ("text", "On the court"),
    ("tweet_content", "I'm back."),
    ("user_id", "mj"),
    ("username", "mj"),
    ("usernameToFollow", "chris"),
    ("usernameToRemove", "chris"),
    ("version", env!("CARGO_PKG_VERSION")),
];

/// Values of numbers without an example, by the name of their field.
const NUMBERS: &[(&str, u64)] = &[("expires_in", 600), ("limit", 20), ("price", 1_999), ("start", 0)];

/// Returns a sample of a value in a field of this name. An object has its required fields, and others that have an
/// example.
pub(super) fn sample(document: &Value, schema: &Value, name: &str) -> Value {
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    let schema = resolve(document, schema);
    if let Some(first) = parts(schema, "oneOf").next() {
        return sample(document, first, name);
    }
    match type_of(schema) {
        Some("array") => Value::Array(vec![sample(document, &schema["items"], name)]),
        Some("boolean") => true.into(),
        Some("integer" | "number") => number(schema, name).into(),
        Some("string") => text(schema, name).into(),
        _ => object(document, schema),
    }
}

fn object(document: &Value, schema: &Value) -> Value {
    let shown =
        fields(document, schema).into_iter().filter(|field| field.required || field.schema["example"] != Value::Null);
    let mut shown: Vec<_> = shown.map(|field| (field.name, sample(document, field.schema, field.name))).collect();
    shown.sort_by_key(|(name, _)| *name);
    Value::Object(shown.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

fn number(schema: &Value, name: &str) -> u64 {
    let usual = NUMBERS.iter().find(|(known, _)| *known == name).map_or(1, |(_, number)| *number);
    usual.clamp(schema["minimum"].as_u64().unwrap_or(0), schema["maximum"].as_u64().unwrap_or(u64::MAX))
}

fn text<'a>(schema: &'a Value, name: &str) -> &'a str {
    if schema["format"] == "date-time" {
        return TIME;
    }
    if let Some(first) = options(schema).and_then(|mut options| options.next()) {
        return first;
    }
    if schema["pattern"].as_str().is_some_and(|pattern| matches!(pattern, "^[0-9]+$" | "^[0-9]{1,19}$")) {
        return ID;
    }
    let known = TEXTS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    literal(schema).or(known).unwrap_or(ELLIPSIS)
}

/// Returns the value with which a description begins, as in "`Bearer`".
fn literal(schema: &Value) -> Option<&str> {
    schema["description"].as_str()?.strip_prefix('`')?.split('`').next()
}
