//! What is the same for many operations, and said once.

use serde_json::{Value, json};

/// Gives each operation a name of its own, says what a key must be, and that bodies can be forms.
pub(super) fn complete(document: &mut Value) {
    for (path, methods) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            operation["operationId"] = name(method, path).into();
            for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
                describe(parameter);
            }
            if let Some(content) = operation.pointer_mut("/requestBody/content").and_then(Value::as_object_mut)
                && let Some(body) = content.get("application/json").cloned()
            {
                content.insert("application/x-www-form-urlencoded".to_owned(), body);
            }
        }
    }
}

/// `get_listmsg_user` for `GET /listmsg/{user}`: stable, and like no other's.
pub(super) fn name(method: &str, path: &str) -> String {
    let words = path.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(method.to_owned(), |name, word| name + "_" + word)
}

fn describe(parameter: &mut Value) {
    // What can be left out is left out; it is never `null`.
    if let Some(types) = parameter.pointer_mut("/schema/type")
        && let [kind, Value::String(null)] = types.as_array().map(Vec::as_slice).unwrap_or_default()
        && null == "null"
    {
        *types = kind.clone();
    }
    if parameter["name"] == "Idempotency-Key" {
        parameter["schema"] = json!({"type": "string", "pattern": "^[!-~]{1,255}$"});
    }
}
