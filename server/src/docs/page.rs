//! The documentation as one page of HTML, made from the OpenAPI document. It needs no scripts.

use std::collections::BTreeMap;

use serde_json::Value;

use super::dialects::DIALECTS;
use super::groups::{GROUPS, Group};
use super::html::{code, escape, inline, paragraphs, table};
use super::operation::Operation;
use super::schema::{kind, parts, reach, rows};
use super::{errors, limits};

const TEMPLATE: &str = include_str!("page.html");
pub(super) const STYLE: &str = include_str!("style.css");

/// Returns the page.
pub(super) fn page(document: &Value) -> String {
    let operations = Operation::all(document);
    let groups = GROUPS.iter().enumerate().map(|(place, group)| {
        let operations = operations.iter().filter(|operation| operation.place.0 == place);
        (group, operations.collect::<Vec<_>>())
    });
    let contents = groups.clone().map(|(group, operations)| contents(group, &operations));
    let sections = groups.map(|(group, operations)| section(document, group, &operations));
    let parts = [
        ("style", STYLE.to_owned()),
        ("contents", contents.collect()),
        ("dialects", dialects()),
        ("groups", sections.collect()),
        ("problems", errors::problems()),
        ("problem", errors::sample()),
        ("limits", limits::limits()),
        ("objects", objects(document, &operations)),
    ];
    parts.into_iter().fold(TEMPLATE.to_owned(), |page, (name, part)| page.replace(&format!("<!-- {name} -->"), &part))
}

fn contents(group: &Group, operations: &[&Operation<'_>]) -> String {
    let link = |operation: &&Operation<'_>| {
        let (id, name, summary) = (operation.id(), operation.name(), operation.summary());
        format!("<li><a href=\"#{id}\">{name}</a> {summary}</li>\n")
    };
    format!(
        "<li><a href=\"#{}\">{}</a>\n<details><summary>{} routes</summary>\n<ul>\n{}</ul>\n</details></li>\n",
        group.id,
        escape(group.title),
        operations.len(),
        operations.iter().map(link).collect::<String>(),
    )
}

fn dialects() -> String {
    let rows = DIALECTS.iter().map(|dialect| [escape(dialect.title), inline(dialect.about)]);
    table(["API", "What it is"], &rows.collect::<Vec<_>>())
}

fn section(document: &Value, group: &Group, operations: &[&Operation<'_>]) -> String {
    let of_dialect = |part: &[&Operation<'_>]| {
        let title = part.first().map(|first| escape(DIALECTS[first.dialect].title)).unwrap_or_default();
        let sections: String = part.iter().map(|operation| operation.section(document)).collect();
        format!("<h3>{title}</h3>\n{sections}")
    };
    let dialects = operations.chunk_by(|one, other| one.dialect == other.dialect);
    format!(
        "<section id=\"{}\">\n<h2>{}</h2>\n{}{}</section>\n",
        group.id,
        escape(group.title),
        paragraphs(group.about),
        dialects.map(of_dialect).collect::<String>(),
    )
}

/// Returns the objects in responses, each with its fields.
fn objects(document: &Value, operations: &[Operation<'_>]) -> String {
    let mut objects = BTreeMap::new();
    let responses = operations.iter().flat_map(Operation::responses);
    for content in responses.filter_map(|(_, response)| response["content"].as_object()).flatten() {
        reach(document, &content.1["schema"], &mut objects);
    }
    let object = |(name, schema): (&str, &Value)| {
        let alternatives: Vec<_> = parts(schema, "oneOf").map(kind).collect();
        let alternatives =
            if alternatives.is_empty() { String::new() } else { format!("<p>{}</p>\n", alternatives.join(" or ")) };
        format!(
            "<h3 id=\"object-{0}\">{1}</h3>\n{2}{alternatives}{3}",
            escape(name),
            code(name),
            paragraphs(schema["description"].as_str().unwrap_or_default()),
            table(["Field", "Type and limits", "Meaning"], &rows(document, schema, "")),
        )
    };
    objects.into_iter().map(object).collect()
}
