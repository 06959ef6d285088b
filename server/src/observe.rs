//! Observability of requests: ids, log lines and metrics.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{Header, Method};
use rocket::{Data, Request, Response};
use twclone_domain::accounts::Allowance;

use crate::edge::RequestContext;
use crate::guards::allowance;
use crate::metrics::Metrics;

/// Whether Rocket could read the request. If not, Rocket refuses it before it calls the fairings.
struct WasRead(AtomicBool);

/// The method that the edge received.
struct Received(Method);

/// Stores the method of a request, before Rocket can replace it with one from the body.
pub(crate) fn receive(request: &Request<'_>) {
    request.local_cache(|| Received(request.method()));
}

/// Logs and counts each request when it ends. Never logs headers, bodies or queries, because they hold secrets.
#[derive(Clone)]
pub(crate) struct Observer(pub(crate) Metrics);

impl Observer {
    fn end(&self, request: &Request<'_>, response: &mut Response<'_>) {
        let RequestContext { id, at, .. } = context(request);
        let took = at.elapsed();
        let route = request.route().map_or("none", |route| route.uri.path());
        let method = if was_read(request) { request.method().as_str() } else { "none" };
        let status = response.status().code;
        self.0.request(method, route, status, took);
        tell(method, route, status, took, id);
        if let Some(allowance) = allowance(request) {
            // draft-ietf-httpapi-ratelimit-headers-10
            let Allowance { count, seconds, remaining, reset, .. } = allowance;
            response.set_header(Header::new("RateLimit-Policy", format!("\"account\";q={count};w={seconds}")));
            response.set_header(Header::new("RateLimit", format!("\"account\";r={remaining};t={reset}")));
        }
        response.set_header(Header::new("X-Request-Id", id.clone()));
        response.set_header(Header::new("X-Content-Type-Options", "nosniff"));
    }
}

/// Logs a request. Successful requests for monitoring come every second, so they are logged only at the level
/// `debug`.
pub(crate) fn tell(method: &str, route: &str, status: u16, took: Duration, request_id: &str) {
    // A wider integer would be logged as text.
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if matches!(route, "/healthz" | "/readyz" | "/metrics") && status < 400 {
        tracing::debug!(method, route, status, micros, request_id, "request");
    } else {
        tracing::info!(method, route, status, micros, request_id, "request");
    }
}

fn observer<'r>(request: &'r Request<'_>) -> Option<&'r Observer> {
    request.rocket().state()
}

/// Returns what the edge found out about a request.
pub(crate) fn context<'r>(request: &'r Request<'_>) -> &'r RequestContext {
    // The default is never used: every request comes from the edge.
    let unknown = || RequestContext {
        id: "unknown".to_owned(),
        client: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        secure: false,
        at: Instant::now(),
        by_gateway: false,
        caller: None,
        may_read: false,
    };
    request.local_cache(unknown)
}

/// Returns the id of a request.
pub(crate) fn request_id<'r>(request: &'r Request<'_>) -> &'r str {
    &context(request).id
}

/// Returns whether Rocket could read a request.
pub(crate) fn was_read(request: &Request<'_>) -> bool {
    read(request).load(Ordering::Relaxed)
}

fn read<'r>(request: &'r Request<'_>) -> &'r AtomicBool {
    &request.local_cache(|| WasRead(AtomicBool::new(false))).0
}

/// Records the end of a request that Rocket could not read.
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

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        // Restores the method: Rocket lets the first non-empty field of a form change it, if its name is `_method`.
        // Here, this is a field like any other.
        let Received(method) = *request.local_cache(|| Received(request.method()));
        request.set_method(method);
        read(request).store(true, Ordering::Relaxed);
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        self.end(request, response);
    }
}
