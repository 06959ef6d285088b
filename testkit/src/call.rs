use std::io::ErrorKind;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Value;

/// A request that is to be sent.
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

    /// With Basic authentication.
    #[must_use]
    pub fn basic(self, name: &str, password: &str) -> Self {
        let secret = STANDARD.encode(format!("{name}:{password}"));
        self.header("Authorization", &format!("Basic {secret}"))
    }

    /// As `mj` of the seed data, who is everybody's delegate.
    #[must_use]
    pub fn mj(self) -> Self {
        self.basic("mj", "bulls")
    }

    /// With an access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        if content_type.is_empty() { self } else { self.header("Content-Type", content_type) }
    }

    /// Sends it.
    #[must_use]
    pub fn send(self) -> Answer {
        self.try_send().unwrap()
    }

    /// Sends it; `None` where no whole answer came back.
    #[must_use]
    pub fn try_send(self) -> Option<Answer> {
        self.attempt().ok()
    }

    /// Sends it; where no whole answer came back, how the connection ended.
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

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Every header of this name.
    #[must_use]
    pub fn headers(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The body as JSON, if the status is this one.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.json()
    }

    /// The body as a problem, if it is one with this status.
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

    /// The names of the fields that a 422 blames.
    pub fn blamed(&self) -> Vec<String> {
        let problem = self.problem(422);
        let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("no errors: {self:?}"));
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
    }
}
