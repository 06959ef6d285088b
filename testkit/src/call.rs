use std::io::ErrorKind;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Value;

/// A request to send.
#[derive(Debug)]
pub struct Call {
    agent: ureq::Agent,
    request: ureq::http::request::Builder,
    body: Option<Vec<u8>>,
}

impl Call {
    pub(crate) fn new(agent: ureq::Agent, method: &str, url: &str) -> Self {
        Self { agent, request: ureq::http::Request::builder().method(method).uri(url), body: None }
    }

    /// Adds Basic authentication.
    #[must_use]
    pub fn basic(self, name: &str, password: &str) -> Self {
        let secret = STANDARD.encode(format!("{name}:{password}"));
        self.header("Authorization", &format!("Basic {secret}"))
    }

    /// Authenticates as `mj` of the seed data, the delegate of `jordan`, `kobe` and `kobebryant`.
    #[must_use]
    pub fn mj(self) -> Self {
        self.basic("mj", "bulls")
    }

    /// Adds an access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// Sets the body, and its content type unless that is empty.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        if content_type.is_empty() { self } else { self.header("Content-Type", content_type) }
    }

    /// Sends the request.
    #[must_use]
    pub fn send(self) -> Answer {
        self.try_send().unwrap()
    }

    /// Sends the request. Returns `None` if no complete response arrived.
    #[must_use]
    pub fn try_send(self) -> Option<Answer> {
        self.attempt().ok()
    }

    /// Sends the request.
    ///
    /// # Errors
    /// If no complete response arrived: how the connection ended.
    pub fn attempt(self) -> Result<Answer, ErrorKind> {
        let request = self.request.body(self.body.unwrap_or_default()).unwrap();
        let ended = |error: ureq::Error| match error {
            ureq::Error::Io(error) => error.kind(),
            _ => ErrorKind::Other,
        };
        let mut response = self.agent.run(request).map_err(ended)?;
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let text = response.body_mut().read_to_string().map_err(ended)?;
        Ok(Answer { status: response.status().as_u16(), headers, text })
    }
}

/// A response.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body.
    pub text: String,
}

impl Answer {
    /// Returns the body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Returns the first header with this name, which must be in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Returns every header with this name, which must be in lower case.
    #[must_use]
    pub fn headers(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Returns the body as JSON. Panics if the status is a different one.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.json()
    }

    /// Returns the body, which must be a problem with this status. Panics otherwise.
    pub fn problem(&self, status: u16) -> Value {
        let problem = self.expect(status);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"));
        for field in ["type", "title", "detail"] {
            assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "no {field}: {self:?}");
        }
        problem
    }

    /// Returns the names of the invalid fields from a 422 response.
    pub fn blamed(&self) -> Vec<String> {
        let problem = self.problem(422);
        let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("no errors: {self:?}"));
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
    }
}
