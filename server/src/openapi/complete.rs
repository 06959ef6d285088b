//! Completes the OpenAPI document with what many operations have in common.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// Adds a unique id to each operation, patterns to parameters and fields, forms to bodies, and missing descriptions
/// to responses.
pub(super) fn complete(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    let mut bodies = BTreeSet::new();
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
                bodies.extend(complete_body(body, &schemas));
            }
        }
    }
    for body in bodies {
        // Requests with unknown fields are refused, since such a field may be misspelt.
        let body = &mut document["components"]["schemas"][&body];
        body["additionalProperties"] = false.into();
        for (name, field) in body["properties"].as_object_mut().into_iter().flatten() {
            complete_text(name, field);
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

/// Names of the parameters and fields that hold a user name or account id.
const USERS: &[&str] = &[
    "user",
    "other",
    "delegate",
    "to",
    "from",
    "with",
    "username",
    "usernameToFollow",
    "usernameToRemove",
    "friend_username",
    "follower",
    "followerId",
    "authorId",
    "user_id",
];
/// Names of the parameters and fields that hold another id.
const IDS: &[&str] = &["id", "up-to", "reply-to-id", "product_id"];

/// Adds a pattern to the schema of a text, if its name determines one.
fn complete_text(name: &str, schema: &mut Value) {
    let pattern = match name {
        "Idempotency-Key" => "^[!-~]{1,255}$",
        name if USERS.contains(&name) => "^[a-zA-Z0-9_]{1,30}$",
        name if IDS.contains(&name) => "^[0-9]{1,19}$",
        _ => return,
    };
    if schema.get("pattern").is_none() {
        schema["pattern"] = pattern.into();
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
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    if let Some(schema) = parameter.get_mut("schema") {
        complete_text(&name, schema);
    }
}

/// Adds the media type of forms to a body, and makes it optional if no field is required. Returns the name of its
/// schema.
fn complete_body(body: &mut Value, schemas: &Value) -> Option<String> {
    let schema = body.pointer("/content/application~1json/schema")?;
    let reference = schema.pointer("/oneOf/0").unwrap_or(schema).clone();
    let name = reference["$ref"].as_str()?.rsplit('/').next()?.to_owned();
    let content = json!({ "schema": reference });
    let mut form = content.clone();
    if let Some(lists) = lists(&schemas[&name]) {
        form["encoding"] = lists;
    }
    body["content"] = json!({"application/json": content, "application/x-www-form-urlencoded": form});
    body["required"] = schemas[&name]["required"].is_array().into();
    Some(name)
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
