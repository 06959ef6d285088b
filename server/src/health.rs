//! The routes for monitoring: liveness, readiness and metrics.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use rocket::http::{ContentType, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::{Request, Route, State, get, routes};
use serde::Serialize;
use serde_json::json;
use tokio::sync::Mutex;
use twclone_domain::registry::Heartbeat;
use twclone_domain::{Error, Installation};
use utoipa::ToSchema;

use crate::answer::{Answer, Answered};
use crate::edge::Instances;
use crate::endpoint::{Endpoint, endpoints};
use crate::metrics::Metrics;
use crate::openapi::describe;

/// Returns the routes for monitoring, and that of the OpenAPI document. Every process has its own.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints![All: [healthz, readyz, metrics, crate::openapi::openapi]]
}

/// Returns the same routes for a gateway, which is ready when its services are.
pub(crate) fn routes_of_gateway() -> Vec<Route> {
    routes![healthz, readyz_of_services, metrics, crate::openapi::openapi]
}

/// Says that the process is alive.
#[derive(Serialize, ToSchema)]
pub(crate) struct Alive {
    /// `alive`
    status: &'static str,
    /// The version of twclone.
    version: &'static str,
}

/// Check that the process is alive
///
/// Does not access the stores.
#[describe(responses((status = 200, body = Alive)))]
#[get("/healthz")]
pub(crate) fn healthz() -> Answered {
    let alive = Alive { status: "alive", version: env!("CARGO_PKG_VERSION") };
    Ok(Answer::ok(&alive)?.not_stored())
}

const READY: &str = "ready";

/// The result of the latest readiness check. Before the first check, the process counts as ready.
#[derive(Debug, Clone)]
pub(crate) struct ReadinessCache {
    /// Announces this process. Set once the heartbeat has started.
    heartbeat: Arc<OnceLock<Arc<Heartbeat>>>,
    ready: Arc<AtomicBool>,
    last: Arc<Mutex<Option<(Instant, Ready)>>>,
}

impl ReadinessCache {
    pub(crate) fn new() -> Self {
        Self { heartbeat: Arc::default(), ready: Arc::new(AtomicBool::new(true)), last: Arc::default() }
    }

    /// Sets the heartbeat. From then on, the process is ready only while its task runs.
    pub(crate) fn watch(&self, heartbeat: Arc<Heartbeat>) {
        let _ = self.heartbeat.set(heartbeat);
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Checks the stores. Callers that wait for a running check share the next one.
    async fn say(&self, installation: &Installation) -> Ready {
        let came = Instant::now();
        let mut last = self.last.lock().await;
        if let Some((_, readiness)) = last.as_ref().filter(|(asked, _)| *asked >= came) {
            return readiness.clone();
        }
        let asked = Instant::now();
        let mut readiness = installation.readiness().await;
        if self.heartbeat.get().is_some_and(|heartbeat| !heartbeat.is_beating()) {
            readiness.ended_tasks.push("the heartbeat of this instance");
        }
        let ready = readiness.is_ready();
        self.ready.store(ready, Ordering::Relaxed);
        let readiness = Ready {
            status: if ready { READY } else { "not ready" },
            identity: say(readiness.identity),
            items: say(readiness.items),
            ids: say(readiness.ids),
            signing_key: say(readiness.signing_key),
            tasks: say_of_tasks(&readiness.ended_tasks),
        };
        *last = Some((asked, readiness.clone()));
        readiness
    }
}

/// Whether the process can serve requests, and the result of each check: `ok`, or what is wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Ready {
    /// `ready` or `not ready`
    status: &'static str,
    /// The store of accounts: SQLite.
    identity: String,
    /// The store of messages and posts: DynamoDB or the embedded engine.
    items: String,
    /// The generator of ids.
    ids: String,
    /// The key that signs access tokens.
    signing_key: String,
    /// The background tasks.
    tasks: String,
}

/// Check that the service is ready
///
/// Checks each store, whether ids can be generated and access tokens signed, and whether all background tasks are
/// running. A store that can be read but not written, because its disk is full or has failed, is not ready.
#[describe(responses((status = 200, body = Ready), (status = 503, body = Ready)))]
#[get("/readyz")]
pub(crate) async fn readyz(installation: &State<Installation>, readiness: &State<ReadinessCache>) -> Answered {
    let readiness = readiness.say(installation).await;
    let status = if readiness.status == READY { Status::Ok } else { Status::ServiceUnavailable };
    Ok(Answer::ok(&readiness)?.not_stored().with_status(status))
}

#[get("/readyz")]
pub(crate) async fn readyz_of_services(instances: &State<Arc<Instances>>) -> Answered {
    let services = instances.readiness().await;
    let ready = services.values().all(|service| service.ready > 0);
    let view = json!({ "status": if ready { READY } else { "not ready" }, "services": services });
    let status = if ready { Status::Ok } else { Status::ServiceUnavailable };
    Ok(Answer::ok(&view)?.not_stored().with_status(status))
}

/// Describes the result of a check. Details go only to the log.
fn say(answer: Result<(), Error>) -> String {
    match answer {
        Ok(()) => "ok".to_owned(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            match error {
                Error::Timeout => "does not answer in time",
                Error::Overloaded => "is overloaded",
                Error::DiskFull => "cannot be written: the disk is full",
                Error::DiskFailed => "cannot be written: the disk failed; check it, and restart",
                Error::FileLost(_) => "its file was removed, moved or replaced; put it back, and restart",
                _ => "is not available",
            }
            .to_owned()
        }
    }
}

fn say_of_tasks(ended: &[&str]) -> String {
    if ended.is_empty() {
        return "ok".to_owned();
    }
    tracing::warn!(ended = ended.join(", "), "not ready: background tasks have ended; restart");
    "a background task has ended; restart".to_owned()
}

/// Show the metrics
///
/// In Prometheus's text format. The values are at most one second old.
#[describe(responses((status = 200, body = String, content_type = "text/plain")))]
#[get("/metrics")]
pub(crate) async fn metrics(stores: Stores<'_>, metrics: &State<Metrics>) -> Answered {
    let text = metrics.text(stores.0).await?;
    let kind = ContentType::new("text", "plain").with_params([("version", "0.0.4"), ("charset", "utf-8")]);
    Ok(Answer::public(kind, text).not_stored())
}

/// The installation, if the process has one. A gateway has none.
pub(crate) struct Stores<'r>(Option<&'r Installation>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Stores<'r> {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Infallible> {
        Outcome::Success(Self(request.rocket().state()))
    }
}
