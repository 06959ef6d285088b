//! The path of each request through the edge: it is admitted or refused, read, answered within a deadline, and
//! logged.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Request, Response, StatusCode, Version};
use twclone_domain::{Error, Installation};

use super::connection_deadline::ConnectionDeadline;
use super::cors::{self, Cors};
use super::head::{self, Refusal};
use super::limits::Limits;
use super::outgoing::Outgoing;
use super::pace::{Pace, Slowest};
use super::request_context::{Peer, TrustedProxies};
use super::shares::Share;
use super::{Backend, RequestContext};
use crate::metrics::Metrics;
use crate::observe;
use crate::problem::Problem;

/// Maximum length of a request body, in bytes.
pub(crate) const BODY: usize = 64 * 1024;
/// If a body without a declared length turns out to be too long, it is read up to this many bytes and discarded, so
/// that the client gets to read the refusal.
const THROWN_AWAY: usize = 1024 * 1024;
/// Timeout for reading a whole body.
pub(crate) const READING: Duration = Duration::from_secs(30);
/// Minimum rate of a body within that time, in bytes per second.
pub(crate) const RATE: u32 = 2 * 1024;
const SLOWEST: Slowest = Slowest { silence: Duration::from_secs(10), rate: RATE };

pub(super) type Answer = Response<Outgoing>;

/// The handler of all requests at a port, from admission to response.
#[derive(Debug)]
pub(crate) struct Answers {
    pub(super) backend: Backend,
    pub(super) proxies: TrustedProxies,
    pub(super) limits: Limits,
    pub(super) cors: Cors,
    pub(super) metrics: Metrics,
    pub(super) draining: AtomicBool,
    answered: AtomicU64,
}

impl Answers {
    pub(crate) fn new(backend: Backend, proxies: TrustedProxies, limits: Limits, cors: Cors, metrics: Metrics) -> Self {
        let (draining, answered) = (AtomicBool::new(false), AtomicU64::new(0));
        Self { backend, proxies, limits, cors, metrics, draining, answered }
    }

    /// Returns the installation whose routes are in this process.
    pub(crate) fn installation(&self) -> Option<&Installation> {
        self.backend.installation()
    }

    /// Returns the number of requests in progress, and the number answered so far.
    pub(crate) fn load(&self) -> (u64, u64) {
        (self.limits.running() as u64, self.answered.load(Ordering::Relaxed))
    }

    /// Returns the response to a request.
    pub(super) async fn answer(&self, request: Request<Incoming>, peer: Peer, guard: &ConnectionDeadline) -> Answer {
        let (_running, by_gateway) = (guard.begin(), peer.by_gateway);
        let (mut parts, body) = request.into_parts();
        let refusal = guard.next_refusal().or_else(|| head::refusal(&parts));
        let unending = parts.headers.contains_key(TRANSFER_ENCODING);
        let (method, version) = (parts.method.clone(), parts.version);
        let (allowed, preflight) = (self.cors.allowed(&parts.headers), self.cors.is_preflight(&parts));
        name_host(&mut parts);
        let mut context = self.proxies.of(peer, allowed.is_some(), &mut parts.headers);
        // Monitoring does not count as another active client: it would delay a single busy address, such as a proxy.
        if !matches!(parts.uri.path(), "/healthz" | "/readyz" | "/metrics") {
            self.limits.note(context.client);
        }
        // The gateway has already spaced out its clients' requests.
        let in_flight = if by_gateway { None } else { Some(self.limits.begin(context.client).await) };
        // The delay that a client's own crowd causes is not part of the server's response time.
        context.at = Instant::now();
        let answered = match refusal {
            Some(refusal) => Err(Problem::from(refusal)),
            None if preflight => self.preflight(&context),
            None => self.let_in(&context, parts, body).await,
        };
        let mut answer = answered.unwrap_or_else(|problem| self.refuse(&context, &method, problem));
        if let Some(in_flight) = in_flight {
            in_flight.charge(answer.body().bytes().len(), Instant::now());
            answer.body_mut().end_with(in_flight);
        }
        self.cors.mark(allowed, &mut answer);
        let ends = refusal.is_some() || unending || self.draining.load(Ordering::Relaxed) || gives_up(&answer);
        if ends && version < Version::HTTP_2 {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        self.answered.fetch_add(1, Ordering::Relaxed);
        answer
    }

    async fn let_in(&self, context: &RequestContext, parts: Parts, body: Incoming) -> Result<Answer, Problem> {
        // Liveness and readiness checks are not counted, and are answered even under overload.
        let watching = matches!(parts.uri.path(), "/healthz" | "/readyz");
        if !watching {
            self.limits.count(context.client)?;
            self.limits.expect_reader(context.client)?;
        }
        // Read before the request takes a place, because a body may arrive slowly.
        let (body, _held) = self.read(context.client, &parts.headers, body).await?;
        let _running = if watching { None } else { Some(self.limits.enter(context.client).await?) };
        let answer = self.backend.answer(context, parts, body, &self.limits);
        tokio::time::timeout(self.backend.deadline(), answer).await.unwrap_or_else(|_| Err(Error::Timeout.into()))
    }

    /// Returns the response to a preflight request, which has no credentials. No route is called.
    fn preflight(&self, context: &RequestContext) -> Result<Answer, Problem> {
        self.limits.count(context.client)?;
        let (answer, took) = (cors::preflight(&context.id), context.at.elapsed());
        let status = answer.status().as_u16();
        self.metrics.request("OPTIONS", "none", status, took);
        observe::tell("OPTIONS", "none", status, took, &context.id);
        Ok(answer)
    }

    /// Returns the body of a request, and the share of memory that it holds.
    async fn read(
        &self,
        client: IpAddr,
        headers: &HeaderMap,
        body: Incoming,
    ) -> Result<(Bytes, Option<Share>), Problem> {
        let told = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        if hyper::body::Body::is_end_stream(&body) {
            return Ok((Bytes::new(), None));
        }
        // Checked before any of the body is read: a client that waits for `100 Continue` need not send it.
        if told.is_some_and(|length: u64| length > BODY as u64) {
            return Err(Problem::too_large());
        }
        let told = told.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        tokio::time::timeout(READING, self.read_all(client, told, body)).await.map_err(|_| Problem::too_slow())?
    }

    async fn read_all(
        &self,
        client: IpAddr,
        told: usize,
        mut body: Incoming,
    ) -> Result<(Bytes, Option<Share>), Problem> {
        let (mut whole, mut length, mut held) = (Vec::new(), 0, None);
        let mut pace = Pace::new(SLOWEST, Instant::now());
        loop {
            let frame = tokio::time::timeout_at(pace.deadline().into(), body.frame()).await;
            let Some(frame) = frame.map_err(|_| Problem::too_slow())? else { break };
            let broken = |_| Problem::unreadable("the body is incomplete");
            let Ok(piece) = frame.map_err(broken)?.into_data() else { continue };
            length += piece.len();
            pace.moved(piece.len(), Instant::now());
            if length > THROWN_AWAY {
                break;
            }
            if length > BODY {
                (whole, held) = (Vec::new(), None);
                continue;
            }
            if let Some(held) = &mut held {
                self.limits.hold_more(held, length.saturating_sub(held.amount()))?;
            } else {
                // Reserved at once if the length is declared: a growing buffer takes up to twice as much.
                let room = length.max(told);
                held = Some(self.limits.hold(client, room)?);
                whole.reserve_exact(room);
            }
            whole.extend_from_slice(&piece);
        }
        if length > BODY { Err(Problem::too_large()) } else { Ok((whole.into(), held)) }
    }

    /// Returns the edge's own response for a problem, and logs it. The routes log their own responses.
    fn refuse(&self, context: &RequestContext, method: &hyper::Method, problem: Problem) -> Answer {
        let took = context.at.elapsed();
        let answer = problem_answer(problem, &context.id);
        let (method, status) = (known(method), answer.status().as_u16());
        self.metrics.request(method, "none", status, took);
        // Overload is logged in one line a second, because a line for each refusal would cost more than the refusal.
        // A 503 after more than a second has another cause.
        if status != 503 || took > Duration::from_secs(1) {
            observe::tell(method, "none", status, took, &context.id);
        }
        answer
    }
}

/// Moves the authority of an HTTP/2 request to `Host`, as in HTTP/1, so that later code handles only one form.
fn name_host(parts: &mut Parts) {
    let Some(authority) = parts.uri.authority() else { return };
    if let Ok(host) = HeaderValue::from_str(authority.as_str()) {
        parts.headers.insert(HOST, host);
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    if let Ok(path) = path.parse() {
        parts.uri = path;
    }
}

/// Returns the name of a method for logs and metrics. Unknown methods are not shown, because they could contain
/// anything.
fn known(method: &hyper::Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "none",
    }
}

/// Returns whether the edge stops reading the request at this response, so that the connection has to close.
fn gives_up(answer: &Answer) -> bool {
    matches!(answer.status(), StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE)
}

/// Converts a problem to a response.
pub(super) fn problem_answer(problem: Problem, request_id: &str) -> Answer {
    let (status, headers, body) = problem.into_parts(request_id);
    let mut answer = Response::new(Outgoing::from(body));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            answer.headers_mut().append(name, value);
        }
    }
    answer
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unreadable(detail) => Self::unreadable(detail),
            Refusal::TooLong => Self::long_head(),
            Refusal::Version => Self::version(),
        }
    }
}
