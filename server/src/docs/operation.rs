//! The section of one operation.

use std::fmt::Write as _;

use rocket::http::Status;
use serde_json::Value;
use utoipa::IntoResponses;

use super::command::Request;
use super::dialects::DIALECTS;
use super::groups;
use super::html::{block, code, escape, inline, paragraphs, table};
use super::sample::sample;
use super::schema::{Field, fields, kind, row, rows};
use crate::openapi::Problems;

const METHODS: [&str; 5] = ["post", "get", "put", "patch", "delete"];

/// An operation of the OpenAPI document.
pub(super) struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    value: &'a Value,
    /// Its group, and its place in the group.
    pub(super) place: (usize, usize),
    /// The index of its dialect.
    pub(super) dialect: usize,
}

impl<'a> Operation<'a> {
    /// Returns all operations that belong to a dialect and a group: by dialect, then in the order of their group.
    pub(super) fn all(document: &'a Value) -> Vec<Self> {
        let paths = document["paths"].as_object().into_iter().flatten();
        let operations = paths.flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.filter_map(move |(method, value)| {
                let dialect = DIALECTS.iter().position(|dialect| value["tags"][0] == dialect.tag)?;
                Some(Self { method, path, value, place: groups::place(method, path)?, dialect })
            })
        });
        let mut operations: Vec<_> = operations.collect();
        operations.sort_by_key(|operation| {
            let method = METHODS.iter().position(|method| *method == operation.method);
            (operation.dialect, operation.place, operation.path, method)
        });
        operations
    }

    /// Returns the anchor.
    pub(super) fn id(&self) -> String {
        escape(self.value["operationId"].as_str().unwrap_or_default())
    }

    /// Returns the method and the path, as HTML.
    pub(super) fn name(&self) -> String {
        code(&format!("{} {}", self.method.to_uppercase(), self.path))
    }

    /// Returns the summary, as HTML.
    pub(super) fn summary(&self) -> String {
        inline(self.value["summary"].as_str().unwrap_or_default())
    }

    /// Returns the successful responses and the errors that not every route has, with their statuses.
    pub(super) fn responses(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let common = Problems::responses();
        let responses = self.value["responses"].as_object().into_iter().flatten();
        responses.map(|(status, response)| (status.as_str(), response)).filter(move |(status, response)| {
            let is_problem = response["content"].get("application/problem+json").is_some();
            *status != "304" && !(is_problem && common.contains_key(*status))
        })
    }

    /// Returns the section.
    pub(super) fn section(&self, document: &Value) -> String {
        let (text, command) = self.description();
        let body = &self.value["requestBody"]["content"]["application/json"]["schema"];
        let mut inputs: Vec<_> = self.parameters().collect();
        inputs.extend(rows(document, body, "body"));
        let request = Request::parse(&command, &fields(document, body)).map(|request| request.text());
        let samples = [request.map(|text| block("request", &text)), self.sample_response(document)];
        format!(
            "<section id=\"{id}\">\n<h4>{name} <a href=\"#{id}\">{summary}</a></h4>\n{text}{command}<p>{login}</p>\n\
             {inputs}{responses}<details><summary>Sample request and response</summary>\n{samples}</details>\n\
             </section>\n",
            id = self.id(),
            name = self.name(),
            summary = self.summary(),
            text = paragraphs(&text),
            command = block("command", &command),
            login = self.login(document),
            inputs = table(["Parameter or field", "Type and limits", "Meaning"], &inputs),
            responses = table(["Response", "Body", "Meaning"], &self.response_rows()),
            samples = samples.into_iter().flatten().collect::<String>(),
        )
    }

    /// Returns the description and the httpie commands.
    fn description(&self) -> (String, String) {
        let parts = self.value["description"].as_str().unwrap_or_default().split("```").enumerate();
        let (code, text): (Vec<_>, Vec<_>) = parts.partition(|(place, _)| place % 2 == 1);
        let text: Vec<_> = text.into_iter().map(|(_, part)| part).collect();
        let code: String =
            code.into_iter().filter_map(|(_, part)| part.split_once('\n')).map(|(_, code)| code).collect();
        let command = if code.is_empty() { format!("http localhost:5000{}", self.path) } else { code };
        (text.concat(), command)
    }

    /// Returns which credentials the operation takes.
    fn login(&self, document: &Value) -> String {
        let security = self.value.get("security").unwrap_or(&document["security"]);
        let ways = security.as_array().into_iter().flatten().filter_map(Value::as_object);
        let (named, none): (Vec<_>, Vec<_>) = ways.partition(|way| !way.is_empty());
        let named: Vec<_> = named.into_iter().flat_map(|way| way.keys()).map(|way| way_to_log_in(way)).collect();
        match (named.is_empty(), none.is_empty()) {
            (true, _) => "No login.".to_owned(),
            (false, false) => format!("Login optional: {}.", named.join(" or ")),
            (false, true) => format!("<strong>Login required</strong>: {}.", named.join(" or ")),
        }
    }

    fn parameters(&self) -> impl Iterator<Item = [String; 3]> {
        self.value["parameters"].as_array().into_iter().flatten().map(|parameter| {
            let field = Field {
                name: parameter["name"].as_str().unwrap_or_default(),
                required: parameter["required"] == true,
                schema: &parameter["schema"],
            };
            let place = parameter["in"].as_str().unwrap_or_default();
            row(&field, &escape(place), parameter["description"].as_str().unwrap_or_default())
        })
    }

    fn response_rows(&self) -> Vec<[String; 3]> {
        let row = |(status, response): (&str, &Value)| {
            let headers = response["headers"].as_object().into_iter().flatten().map(|(name, _)| code(name));
            let headers: Vec<_> = headers.collect();
            let headers = if headers.is_empty() { String::new() } else { format!(" Headers: {}.", headers.join(", ")) };
            let text = inline(response["description"].as_str().unwrap_or_default());
            [escape(&named(status)), content(response).unwrap_or_default(), text + &headers]
        };
        self.responses().map(row).collect()
    }

    fn sample_response(&self, document: &Value) -> Option<String> {
        let (status, response) = self.responses().next()?;
        let mut text = format!("HTTP/1.1 {}\n", named(status));
        if let Some((kind, content)) = response["content"].as_object().and_then(|content| content.iter().next()) {
            let _ = writeln!(text, "Content-Type: {kind}");
            if kind.ends_with("json") && content.get("schema").is_some() {
                let _ = write!(text, "\n{:#}", sample(document, &content["schema"], ""));
            }
        }
        Some(block("response", &text))
    }
}

/// Returns the name that people know a security scheme by.
fn way_to_log_in(scheme: &str) -> String {
    match scheme {
        "basic" => "Basic".to_owned(),
        "bearer" => "Bearer".to_owned(),
        other => escape(other),
    }
}

/// Returns a status with its reason.
fn named(status: &str) -> String {
    let reason = status.parse().ok().and_then(|code| Status::new(code).reason());
    reason.map_or_else(|| status.to_owned(), |reason| format!("{status} {reason}"))
}

/// Returns the type of the body of a response, as HTML. Bodies without a schema have only a media type.
fn content(response: &Value) -> Option<String> {
    let (media_type, content) = response["content"].as_object()?.iter().next()?;
    Some(match media_type.as_str() {
        "application/json" if content.get("schema").is_some() => kind(&content["schema"]),
        "application/problem+json" => "<a href=\"#errors\">problem</a>".to_owned(),
        media_type => code(media_type),
    })
}
