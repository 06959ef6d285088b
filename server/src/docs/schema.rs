//! Schemas of the OpenAPI document in words: types, limits and fields.

use std::collections::BTreeMap;

use serde_json::Value;

use super::html::{code, escape, inline};

/// A field of an object, or a parameter.
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) required: bool,
    pub(super) schema: &'a Value,
}

/// Returns the name of the schema that a reference leads to.
pub(super) fn name_of(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// Follows a reference.
pub(super) fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    name_of(schema).map_or(schema, |name| &document["components"]["schemas"][name])
}

/// Returns the alternatives of a schema, or the parts of which it is composed, without `null`.
pub(super) fn parts<'a>(schema: &'a Value, keyword: &str) -> impl Iterator<Item = &'a Value> {
    schema[keyword].as_array().into_iter().flatten().filter(|part| part["type"] != "null")
}

/// Returns the fields of an object: required ones first, otherwise in the order of the document.
pub(super) fn fields<'a>(document: &'a Value, schema: &'a Value) -> Vec<Field<'a>> {
    let schema = resolve(document, schema);
    let mut all: Vec<_> = parts(schema, "allOf").flat_map(|part| fields(document, part)).collect();
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        all.push(Field { name, required: required.contains(&name.as_str()), schema });
    }
    all.sort_by_key(|field| !field.required);
    all
}

/// Returns the type of a schema, without `null`.
pub(super) fn type_of(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        kind => kind.as_str(),
    }
}

/// Returns the type in words, as HTML. The name of an object leads to its description.
pub(super) fn kind(schema: &Value) -> String {
    if let Some(name) = name_of(schema) {
        return format!("<a href=\"#object-{0}\">{0}</a>", escape(name));
    }
    let alternatives: Vec<_> = parts(schema, "oneOf").map(kind).collect();
    if !alternatives.is_empty() {
        return alternatives.join(" or ");
    }
    match type_of(schema) {
        Some("array") => format!("list of {}", kind(&schema["items"])),
        Some("string") if schema["format"] == "date-time" => "time".to_owned(),
        Some(kind) => escape(kind),
        None => String::new(),
    }
}

/// Returns the values that a pattern such as `^(read|write)$` allows.
pub(super) fn options(schema: &Value) -> Option<impl Iterator<Item = &str>> {
    let inside = schema["pattern"].as_str()?.strip_prefix("^(")?.strip_suffix(")$")?;
    let plain = inside.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"|-_".contains(&byte));
    plain.then(|| inside.split('|'))
}

/// Returns what a value must satisfy beyond its type, as HTML.
pub(super) fn limits(schema: &Value) -> String {
    let range = |least: &str, most: &str, unit: &str| match (schema[least].as_u64(), schema[most].as_u64()) {
        (None | Some(0), None) => None,
        (Some(least), None) => Some(format!("at least {least}{unit}")),
        (None, Some(most)) => Some(format!("at most {most}{unit}")),
        (Some(least), Some(most)) => Some(format!("{least}–{most}{unit}")),
    };
    let pattern = match options(schema) {
        Some(options) => Some(format!("one of {}", options.map(code).collect::<Vec<_>>().join(", "))),
        None => schema["pattern"].as_str().map(code),
    };
    let limits = [
        range("minimum", "maximum", ""),
        range("minLength", "maxLength", " characters"),
        range("minItems", "maxItems", " items"),
        pattern,
    ];
    limits.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// Returns the cells of a field or a parameter: name, type and limits, description.
pub(super) fn row(field: &Field<'_>, place: &str, description: &str) -> [String; 3] {
    let Field { name, required, schema } = field;
    let words = [place, if *required { "required" } else { "optional" }];
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let kind_and_limits = [kind(schema), limits(schema)].into_iter().filter(|text| !text.is_empty());
    [
        format!("{} <small>{}</small>", code(name), words.join(", ")),
        kind_and_limits.collect::<Vec<_>>().join(": "),
        inline(description),
    ]
}

/// Returns the rows of the fields of an object.
pub(super) fn rows(document: &Value, schema: &Value, place: &str) -> Vec<[String; 3]> {
    let fields = fields(document, schema).into_iter();
    fields.map(|field| row(&field, place, description(document, field.schema))).collect()
}

/// Returns the description of a field, or otherwise of its type.
fn description<'a>(document: &'a Value, schema: &'a Value) -> &'a str {
    let mut own = [schema, &schema["oneOf"][0], resolve(document, schema)].into_iter();
    own.find_map(|schema| schema["description"].as_str()).unwrap_or_default()
}

/// Adds the schemas that a schema leads to, by name.
pub(super) fn reach<'a>(document: &'a Value, schema: &'a Value, reached: &mut BTreeMap<&'a str, &'a Value>) {
    if let Some(name) = name_of(schema) {
        let object = resolve(document, schema);
        if reached.insert(name, object).is_none() {
            reach(document, object, reached);
        }
        return;
    }
    let fields = schema["properties"].as_object().into_iter().flatten().map(|(_, field)| field);
    for inside in fields.chain(schema.get("items")).chain(parts(schema, "allOf")).chain(parts(schema, "oneOf")) {
        reach(document, inside, reached);
    }
}
