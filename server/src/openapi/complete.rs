//! Completes the OpenAPI document with what many operations have in common.

use serde_json::{Value, json};
use twclone_domain::{AccountReference, Id, IdempotencyKey};

use crate::requests::{Value as _, pattern};

/// Adds a unique id to each operation, patterns to parameters in paths and headers, forms to bodies, and missing
/// descriptions to responses.
pub(super) fn complete(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    for (path, methods) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            operation["operationId"] = name(method, path).into();
            for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
                complete_parameter(parameter);
            }
            for (status, answer) in operation["responses"].as_object_mut().into_iter().flatten() {
                if answer["description"].as_str().is_none_or(str::is_empty) {
                    answer["description"] = said_by(status).into();
                }
            }
            if let Some(body) = operation.get_mut("requestBody") {
                complete_body(body, &schemas);
            }
        }
    }
}

/// Returns the id of an operation, such as `get_listmsg_user` for `GET /listmsg/{user}`. It is stable and unique.
pub(super) fn name(method: &str, path: &str) -> String {
    let words = path.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(method.to_owned(), |name, word| name + "_" + word)
}

fn said_by(status: &str) -> &'static str {
    match status {
        "201" => "Created.",
        "204" => "Done, with an empty body.",
        _ => "Success.",
    }
}

fn complete_parameter(parameter: &mut Value) {
    // An optional parameter is omitted, never `null`.
    if let Some(types) = parameter.pointer_mut("/schema/type")
        && let [kind, Value::String(null)] = types.as_array().map(Vec::as_slice).unwrap_or_default()
        && null == "null"
    {
        *types = kind.clone();
    }
    // The paths name accounts in several ways, and everything else `id`.
    let schema = match (parameter["in"].as_str(), parameter["name"].as_str()) {
        (Some("path"), Some("id")) => Id::schema(),
        (Some("path"), _) => AccountReference::schema(),
        (_, Some("Idempotency-Key")) => pattern(&format!("^[!-~]{{1,{}}}$", IdempotencyKey::LONGEST)),
        _ => return,
    };
    parameter["schema"] = schema;
}

/// Adds the media type of forms to a body, and makes it optional if no field is required.
fn complete_body(body: &mut Value, schemas: &Value) {
    let schema = &body["content"]["application/json"]["schema"];
    let reference = schema.pointer("/oneOf/0").unwrap_or(schema).clone();
    let name = reference["$ref"].as_str().and_then(|name| name.rsplit('/').next()).unwrap_or_default();
    let content = json!({ "schema": reference });
    let mut form = content.clone();
    if let Some(lists) = lists(&schemas[name]) {
        form["encoding"] = lists;
    }
    body["content"] = json!({"application/json": content, "application/x-www-form-urlencoded": form});
    body["required"] = schemas[name]["required"].is_array().into();
}

/// Returns the form encoding of the lists of a schema, if it has any: the name is repeated for each element. That is
/// the default (OpenAPI 3.1, Encoding Object), but generators separate elements by commas unless it is explicit.
fn lists(schema: &Value) -> Option<Value> {
    let is_list = |field: &Value| match &field["type"] {
        Value::Array(types) => types.iter().any(|kind| kind == "array"),
        kind => kind == "array",
    };
    let lists = schema["properties"].as_object()?.iter().filter(|(_, field)| is_list(field));
    let encodings: serde_json::Map<_, _> =
        lists.map(|(name, _)| (name.clone(), json!({"style": "form", "explode": true}))).collect();
    (!encodings.is_empty()).then_some(Value::Object(encodings))
}
