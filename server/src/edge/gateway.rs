//! The gateway forwards each request to an instance of its service, and retries with another instance if that is
//! safe.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONNECTION, HOST, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode, Version};
use twclone_domain::Error;
use twclone_domain::registry::Service;

use super::answers::Answer;
use super::exchange::{self, Exchange, Source};
use super::instance::{Failure, State};
use super::instances::Instances;
use super::request_context::tell_caller;
use super::sending::Room;
use super::{Limits, Local, RequestContext};
use crate::metrics::Metrics;
use crate::observe;
use crate::problem::Problem;
use crate::services::{RouteTarget, Routing};

/// How long to wait for an available instance. An instance that was killed is back by then.
const INSTANCE_TIMEOUT: Duration = Duration::from_secs(2);
/// How often to look for one.
const INSTANCE_POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A gateway, which forwards requests to the services and answers the others itself.
#[derive(Debug)]
pub(crate) struct Gateway {
    /// Answers what no service does: the gateway's own health, the documentation, and unknown paths.
    pub(crate) local: Local,
    pub(crate) routing: Routing,
    pub(crate) instances: Arc<Instances>,
    pub(crate) exchange: Exchange,
    pub(crate) metrics: Metrics,
}

impl Gateway {
    pub(super) async fn answer(
        &self,
        context: &RequestContext,
        request: Parts,
        body: Bytes,
        limits: &Limits,
    ) -> Result<Answer, Problem> {
        let method = rocket::http::Method::from_str(request.method.as_str()).ok();
        let Some((target, method)) =
            method.and_then(|method| Some((self.routing.find(method, request.uri.path())?, method)))
        else {
            return self.local.answer(context, &request, body).await;
        };
        let mut answer = self.authenticate(context, target, request, body, limits).await?;
        cleanse(&mut answer);
        if let Ok(id) = HeaderValue::from_str(&context.id) {
            answer.headers_mut().insert("x-request-id", id);
        }
        let (took, status) = (context.at.elapsed(), answer.status().as_u16());
        let (method, route) = (method.as_str(), target.service.as_str());
        self.metrics.request(method, route, status, took);
        observe::tell(method, route, status, took, &context.id);
        Ok(answer)
    }

    /// Forwards the request with a token in place of Basic credentials.
    async fn authenticate(
        &self,
        context: &RequestContext,
        target: &RouteTarget,
        mut request: Parts,
        body: Bytes,
        limits: &Limits,
    ) -> Result<Answer, Problem> {
        request.headers.remove(hyper::header::EXPECT);
        // Services are addressed in HTTP/1.1, which requires `Host`.
        request.version = Version::HTTP_11;
        request.headers.entry(HOST).or_insert(HeaderValue::from_static("localhost"));
        context.tell(&mut request.headers);
        let (service, room) = (target.service, Room { client: context.client, limits });
        let repeatable = matches!(request.method, Method::GET | Method::HEAD | Method::OPTIONS)
            || (target.takes_key && request.headers.contains_key("idempotency-key"));
        let basic = Exchange::basic(&request).filter(|_| service != Service::Auth);
        let Some(basic) = basic else { return self.send(room, service, repeatable, &request, body).await };
        let ask = || async {
            let question = asking(context, &basic)?;
            // Safe to repeat: a second token does no harm.
            self.send(room, Service::Auth, true, &question, Bytes::new()).await
        };
        for _ in 0..2 {
            let source = match self.exchange.token(&basic, ask).await? {
                Err(refusal) => return Ok(refusal),
                Ok((token, source)) => {
                    tell_caller(token, &mut request.headers);
                    source
                }
            };
            let answer = self.send(room, service, repeatable, &request, body.clone()).await?;
            // A cached token can become invalid: the password was changed, its signing key is gone, or the app
            // password was revoked.
            if answer.status() != StatusCode::UNAUTHORIZED || source == Source::Fresh {
                return Ok(answer);
            }
            self.exchange.forget(&basic);
        }
        Err(Error::WrongCredentials.into())
    }

    /// Tries one instance after the other, as long as repeating the request is safe.
    async fn send(
        &self,
        room: Room<'_>,
        service: Service,
        repeatable: bool,
        request: &Parts,
        body: Bytes,
    ) -> Result<Answer, Problem> {
        // A service that hangs must not take the places of requests for other services.
        let _place = self.instances.enter(service, room.client).ok_or_else(|| Problem::busy(1))?;
        let (mut tried, mut waits_since) = (Vec::new(), None);
        loop {
            let Some(instance) = self.instances.next(service, &tried) else {
                // All instances were tried, or there are none. One may be available in a moment.
                if waits_since.get_or_insert_with(Instant::now).elapsed() > INSTANCE_TIMEOUT {
                    return Err(Problem::no_instance(service.as_str()));
                }
                tried.clear();
                tokio::time::sleep(INSTANCE_POLL_INTERVAL).await;
                continue;
            };
            let sending = Request::from_parts(request.clone(), Full::new(body.clone()));
            match instance.send(sending, Some(room)).await {
                Ok(answer) => return Ok(answer),
                Err(Failure::NoRoom(none)) => return Err(none.into()),
                Err(Failure::Late) => return Err(Error::Timeout.into()),
                Err(Failure::Lost) if !repeatable => {
                    instance.set_state(State::Away);
                    return Err(Problem::broken_off());
                }
                Err(Failure::NotSent | Failure::Lost) => {
                    instance.set_state(State::Away);
                    tried.push(instance);
                }
            }
        }
    }
}

/// Returns the request for a token.
fn asking(context: &RequestContext, basic: &HeaderValue) -> Result<Parts, Problem> {
    let request = Request::post(exchange::PATH).header("host", "auth").header(AUTHORIZATION, basic).body(());
    let (mut parts, ()) =
        request.map_err(|error| Error::internal(format!("the request for a token: {error}")))?.into_parts();
    context.tell(&mut parts.headers);
    Ok(parts)
}

/// Removes headers that describe the connection to the service, and its date.
fn cleanse(answer: &mut Answer) {
    for name in [CONNECTION, TRANSFER_ENCODING, HeaderName::from_static("keep-alive")] {
        answer.headers_mut().remove(name);
    }
    answer.headers_mut().remove("date");
}
