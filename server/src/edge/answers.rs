//! What becomes of each request at the edge: it is let in or not, read, answered in time, and told of in the log.

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

/// How long a body may be, in bytes.
const BODY: usize = 64 * 1024;
/// One whose length is not told, and that turns out to be longer, is read up to here and thrown away, so that its sender
/// gets to read why.
const THROWN_AWAY: usize = 1024 * 1024;
/// Within this time a body has to be there.
const READING: Duration = Duration::from_secs(30);
/// How slow it may be until then.
const SLOWEST: Slowest = Slowest { silence: Duration::from_secs(10), rate: 2 * 1024 };
pub(super) type Answer = Response<Outgoing>;

/// Answers requests.
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

    /// The installation whose routes are in this process.
    pub(crate) fn installation(&self) -> Option<&Installation> {
        self.backend.installation()
    }

    /// How many requests are being answered, and how many were.
    pub(crate) fn load(&self) -> (u64, u64) {
        (self.limits.running() as u64, self.answered.load(Ordering::Relaxed))
    }

    /// The answer to a request.
    pub(super) async fn answer(&self, request: Request<Incoming>, peer: Peer, guard: &ConnectionDeadline) -> Answer {
        let (_running, by_gateway) = (guard.begin(), peer.by_gateway);
        let (mut parts, body) = request.into_parts();
        let refusal = guard.next_refusal().or_else(|| head::refusal(&parts));
        let unending = parts.headers.contains_key(TRANSFER_ENCODING);
        let (method, version) = (parts.method.clone(), parts.version);
        let (allowed, preflight) = (self.cors.allowed(&parts.headers), self.cors.is_preflight(&parts));
        name_host(&mut parts);
        let mut context = self.proxies.of(peer, allowed.is_some(), &mut parts.headers);
        // Monitoring beside one busy address, which may be a proxy, is no reason to delay it.
        if !matches!(parts.uri.path(), "/healthz" | "/readyz" | "/metrics") {
            self.limits.note(context.client);
        }
        // A gateway has spaced out the requests of its clients.
        let in_flight = if by_gateway { None } else { Some(self.limits.begin(context.client).await) };
        // The time that a client has to wait for its own crowd is not the server's.
        context.at = Instant::now();
        let answered = match refusal {
            Some(refusal) => Err(Problem::from(refusal)),
            None if preflight => self.preflight(&context),
            None => self.let_in(&context, parts, body).await,
        };
        let mut answer = answered.unwrap_or_else(|problem| self.refuse(&context, &method, problem));
        if let Some(in_flight) = in_flight {
            in_flight.charge(answer.body().bytes().len(), Instant::now());
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
        // Who asks whether the service is alive and ready is not counted, and is answered when nobody else is.
        let watching = matches!(parts.uri.path(), "/healthz" | "/readyz");
        if !watching {
            self.limits.count(context.client)?;
            self.limits.expect_reader(context.client)?;
        }
        // Before it takes anybody's place: a body may take its time.
        let (body, _held) = self.read(context.client, &parts.headers, body).await?;
        let _running = if watching { None } else { Some(self.limits.enter(context.client).await?) };
        let answer = self.backend.answer(context, parts, body, &self.limits);
        tokio::time::timeout(self.backend.deadline(), answer).await.unwrap_or_else(|_| Err(Error::Timeout.into()))
    }

    /// The answer to a preflight, which has no credentials: no route is asked.
    fn preflight(&self, context: &RequestContext) -> Result<Answer, Problem> {
        self.limits.count(context.client)?;
        let (answer, took) = (cors::preflight(&context.id), context.at.elapsed());
        let status = answer.status().as_u16();
        self.metrics.request("OPTIONS", "none", status, took);
        observe::tell("OPTIONS", "none", status, took, &context.id);
        Ok(answer)
    }

    /// The body of a request, and the room that it takes.
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
        // Nothing of it is needed to know: who waits to be asked for it need not send it.
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
            let broken = |_| Problem::unreadable("the body broke off");
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
                // All at once where its length is told: what grows takes up to twice as much.
                let room = length.max(told);
                held = Some(self.limits.hold(client, room)?);
                whole.reserve_exact(room);
            }
            whole.extend_from_slice(&piece);
        }
        if length > BODY { Err(Problem::too_large()) } else { Ok((whole.into(), held)) }
    }

    /// An answer of the edge itself. What the routes answer is told of by themselves.
    fn refuse(&self, context: &RequestContext, method: &hyper::Method, problem: Problem) -> Answer {
        let took = context.at.elapsed();
        let answer = problem_answer(problem, &context.id);
        let (method, status) = (known(method), answer.status().as_u16());
        self.metrics.request(method, "none", status, took);
        // Of those who are too many one line a second tells: to write each down would be the more work. What is 503 after
        // a while is something else.
        if status != 503 || took > Duration::from_secs(1) {
            observe::tell(method, "none", status, took, &context.id);
        }
        answer
    }
}

/// What HTTP/2 says in the address is said in a header, as in HTTP/1: nobody behind has to know both.
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

/// A method that is not known stands in no log: anything could be in it.
fn known(method: &hyper::Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "none",
    }
}

/// The rest of such a request is not waited for.
fn gives_up(answer: &Answer) -> bool {
    matches!(answer.status(), StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE)
}

/// A problem as an answer.
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
