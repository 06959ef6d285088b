//! What can be seen of a request from outside: its id, its line in the log, its place in the metrics.

use std::time::Instant;

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{Header, Method};
use rocket::{Data, Request, Response};
use twclone_domain::Randomness;
use twclone_domain::accounts::Allowance;

use crate::guards::allowance;
use crate::metrics::Metrics;

/// What is remembered of a request while it runs.
struct Begun {
    id: String,
    at: Instant,
    /// Rocket refuses what it cannot read before it asks the fairings.
    was_read: bool,
}

/// Gives each request an id, and writes it down when it ends. Never a header, a body or a query: they hold
/// secrets.
#[derive(Clone)]
pub(crate) struct Observer {
    randomness: Randomness,
    metrics: Metrics,
}

impl Observer {
    pub(crate) fn new(randomness: Randomness, metrics: Metrics) -> Self {
        Self { randomness, metrics }
    }

    fn begin(&self, was_read: bool) -> Begun {
        let id = self.randomness.bytes().map(u64::from_be_bytes).unwrap_or_default();
        Begun { id: format!("{id:016x}"), at: Instant::now(), was_read }
    }

    fn end(&self, request: &Request<'_>, response: &mut Response<'_>) {
        let begun = begun(request);
        let took = begun.at.elapsed();
        let route = request.route().map_or("none", |route| route.uri.path());
        let method = if begun.was_read { request.method().as_str() } else { "none" };
        let status = response.status().code;
        self.metrics.request(method, route, status, took);
        tracing::info!(method, route, status, micros = took.as_micros(), request_id = begun.id, "request");
        if let Some(allowance) = allowance(request) {
            // draft-ietf-httpapi-ratelimit-headers-10
            let Allowance { count, seconds, remaining, reset, .. } = allowance;
            response.set_header(Header::new("RateLimit-Policy", format!("\"account\";q={count};w={seconds}")));
            response.set_header(Header::new("RateLimit", format!("\"account\";r={remaining};t={reset}")));
        }
        response.set_header(Header::new("X-Request-Id", begun.id.clone()));
        response.set_header(Header::new("X-Content-Type-Options", "nosniff"));
    }
}

fn observer<'r>(request: &'r Request<'_>) -> Option<&'r Observer> {
    request.rocket().state()
}

fn begun<'r>(request: &'r Request<'_>) -> &'r Begun {
    let unread = || observer(request).map(|observer| observer.begin(false));
    let unknown = || Begun { id: "unknown".to_owned(), at: Instant::now(), was_read: false };
    request.local_cache(|| unread().unwrap_or_else(unknown))
}

/// The id of a request.
pub(crate) fn request_id<'r>(request: &'r Request<'_>) -> &'r str {
    &begun(request).id
}

/// Whether a request could be read.
pub(crate) fn was_read(request: &Request<'_>) -> bool {
    begun(request).was_read
}

/// Ends a request that could not be read.
pub(crate) fn end_unread(request: &Request<'_>, response: &mut Response<'_>) {
    if let Some(observer) = observer(request).filter(|_| !was_read(request)) {
        observer.end(request, response);
    }
}

#[rocket::async_trait]
impl Fairing for Observer {
    fn info(&self) -> Info {
        Info { name: "observer", kind: Kind::Request | Kind::Response }
    }

    async fn on_request(&self, request: &mut Request<'_>, data: &mut Data<'_>) {
        // Rocket has let a form's first field, `_method`, change the method. It is a field like any other.
        if request.content_type().is_some_and(|kind| kind.is_form()) && data.peek(8).await == b"_method=" {
            request.set_method(Method::Post);
        }
        request.local_cache(|| self.begin(true));
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        self.end(request, response);
    }
}
