//! The routes in this process. They are called without a connection, so that nothing bypasses the edge.

use std::str::FromStr as _;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use rocket::http::{Cookie, Header, Method};
use rocket::local::asynchronous::Client;
use rocket::{Build, Request, Rocket};
use twclone_domain::{Error, Installation, excerpt};

use super::answers::Answer;
use super::{Outgoing, RequestContext};
use crate::catchers;
use crate::observe;
use crate::problem::Problem;

/// Rocket with all mounted routes.
#[derive(Debug)]
pub(crate) struct Local(Client);

/// Passes a body around Rocket, which would copy it.
#[derive(Default)]
struct Handed(Arc<Mutex<Option<Outgoing>>>);

/// Sets the body of a response. Rocket's own response then has none.
pub(crate) fn hand_over(request: &Request<'_>, body: Outgoing) {
    *request.local_cache(Handed::default).0.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
}

impl Local {
    pub(crate) async fn new(rocket: Rocket<Build>) -> Result<Self, Error> {
        let client = Client::untracked(rocket).await;
        client.map(Self).map_err(|error| Error::internal(format!("cannot start: {error}")))
    }

    pub(crate) fn installation(&self) -> Option<&Installation> {
        self.0.rocket().state()
    }

    /// Returns the response to a request.
    pub(super) async fn answer(
        &self,
        context: &RequestContext,
        request: &Parts,
        body: Bytes,
    ) -> Result<Answer, Problem> {
        let path = request.uri.path_and_query().map_or("/", |path| path.as_str());
        let Ok(method) = Method::from_str(request.method.as_str()) else {
            return Err(catchers::unknown_method(self.0.rocket(), request.uri.path()));
        };
        let mut local = self.0.req(method, path);
        for (name, value) in &request.headers {
            // The edge has checked this for HTTP/1. The HTTP/2 library does not check it.
            let value = std::str::from_utf8(value.as_bytes());
            let value = value
                .map_err(|_| Problem::unreadable(format!("the header {} is not UTF-8", excerpt(name.as_str()))))?;
            if name == hyper::header::COOKIE {
                let cookies = value.split(';').filter_map(|cookie| Cookie::parse_encoded(cookie.trim()).ok());
                local = local.cookies(cookies.map(Cookie::into_owned));
            }
            local.add_header(Header::new(name.as_str().to_owned(), value.to_owned()));
        }
        local.inner().local_cache(|| context.clone());
        observe::receive(local.inner());
        let handed = Arc::clone(&local.inner().local_cache(Handed::default).0);
        local.set_body(body);
        let answer = local.dispatch().await;
        let status = StatusCode::from_u16(answer.status().code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = Response::new(Outgoing::default());
        *response.status_mut() = status;
        for header in answer.headers().iter() {
            let name = HeaderName::from_bytes(header.name.as_str().as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(header.value.as_bytes())) {
                response.headers_mut().append(name, value);
            }
        }
        let handed = handed.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A response to HEAD declares the length of the body that it would have had.
        if method == Method::Head {
            if let Some(length) = handed.map(|body| body.bytes().len()).or_else(|| answer.body().preset_size()) {
                response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
            }
            return Ok(response);
        }
        *response.body_mut() = match handed {
            Some(body) => body,
            None => answer.into_bytes().await.unwrap_or_default().into(),
        };
        Ok(response)
    }
}
