//! The requests that httpie commands send, as HTTP.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::schema::{Field, type_of};

/// A request.
#[derive(Debug, Default)]
pub(super) struct Request {
    method: Option<String>,
    url: String,
    headers: Vec<(String, String)>,
    body: Map<String, Value>,
}

impl Request {
    /// Parses the first of some httpie commands. The fields of the body determine which values are numbers.
    pub(super) fn parse(commands: &str, fields: &[Field<'_>]) -> Option<Self> {
        let joined = commands.replace("\\\n", " ");
        let mut words = shlex::split(joined.lines().next()?)?.into_iter();
        if words.next().as_deref() != Some("http") {
            return None;
        }
        let (mut request, mut scheme) = (Self::default(), "Basic");
        while let Some(word) = words.next() {
            match word.as_str() {
                "-A" => scheme = words.next().map_or("Basic", |_| "Bearer"),
                "-a" => request.authorize(scheme, &words.next()?),
                option if option.starts_with('-') => {}
                method if request.url.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                    request.method = Some(word);
                }
                _ if request.url.is_empty() => request.url = word,
                item => request.add(item, fields)?,
            }
        }
        Some(request)
    }

    fn authorize(&mut self, scheme: &str, secret: &str) {
        let secret = if scheme == "Basic" { STANDARD.encode(secret) } else { secret.to_owned() };
        self.headers.push(("Authorization".to_owned(), format!("{scheme} {secret}")));
    }

    /// Adds a field, a field with JSON, a parameter of the query, or a header.
    fn add(&mut self, item: &str, fields: &[Field<'_>]) -> Option<()> {
        let end = item.find([':', '='])?;
        let (name, rest) = item.split_at(end);
        if let Some(value) = rest.strip_prefix("==") {
            let separator = if self.url.contains('?') { '&' } else { '?' };
            let _ = write!(self.url, "{separator}{name}={value}");
        } else if let Some(value) = rest.strip_prefix(":=") {
            self.body.insert(name.to_owned(), serde_json::from_str(value).ok()?);
        } else if let Some(value) = rest.strip_prefix('=') {
            let number = fields.iter().any(|field| field.name == name && type_of(field.schema) == Some("integer"));
            let number = value.parse().ok().filter(|_| number).map(|number: i64| number.into());
            self.body.insert(name.to_owned(), number.unwrap_or_else(|| value.into()));
        } else {
            self.headers.push((name.to_owned(), rest[1..].to_owned()));
        }
        Some(())
    }

    /// Formats the request as it is sent over HTTP/1.1.
    pub(super) fn text(&self) -> String {
        let (host, target) = self.url.split_once('/').map_or((self.url.as_str(), ""), |(host, target)| (host, target));
        let method = self.method.as_deref().unwrap_or(if self.body.is_empty() { "GET" } else { "POST" });
        let mut text = format!("{method} /{target} HTTP/1.1\nHost: {host}\nAccept: application/json\n");
        for (name, value) in &self.headers {
            let _ = writeln!(text, "{name}: {value}");
        }
        if !self.body.is_empty() {
            let _ = write!(text, "Content-Type: application/json\n\n{:#}", Value::Object(self.body.clone()));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_a_request() {
        let command =
            "http -a mj:bulls PUT 'localhost:5000/a?b=1' c=='d' text=\"it's two\" \\\n  list:='[1]' If-Match:'\"0\"'\n";
        let text = Request::parse(command, &[]).unwrap().text();
        let expected = "PUT /a?b=1&c=d HTTP/1.1\nHost: localhost:5000\nAccept: application/json\n\
                        Authorization: Basic bWo6YnVsbHM=\nIf-Match: \"0\"\nContent-Type: application/json\n\n\
                        {\n  \"text\": \"it's two\",\n  \"list\": [\n    1\n  ]\n}";
        assert_eq!(text, expected);
        assert!(Request::parse("curl localhost:5000", &[]).is_none());
    }
}
