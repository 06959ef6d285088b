//! What is the same for many operations, and said once.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// Gives each operation a name of its own, says what becomes of a body and of a key, and gives every answer a word.
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
        // What is not a field of a request is refused: it may be one that is misspelt.
        let body = &mut document["components"]["schemas"][&body];
        body["additionalProperties"] = false.into();
        for (name, field) in body["properties"].as_object_mut().into_iter().flatten() {
            complete_text(name, field);
        }
    }
}

/// `get_listmsg_user` for `GET /listmsg/{user}`: stable, and like no other's.
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

/// Under these names users are named, wherever they stand.
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
/// And under these other things, by their ids.
const IDS: &[&str] = &["id", "up-to", "reply-to-id", "product_id"];

/// Says what a text has to be, where its name says it.
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
    // What can be left out is left out; it is never `null`.
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

/// A body can be a form, too; where it has to have no field, it can be left out. Answers the name of its schema.
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

/// How the lists of a schema stand in a form, if it has any: with the name once for each element. That is the default
/// (OpenAPI 3.1, Encoding Object), but generators separate them by commas unless it is said.
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
