use rocket::{State, get};
use serde::Serialize;
use twclone_domain::registry::Instance;
use twclone_domain::{Installation, Timestamp};
use utoipa::ToSchema;

use crate::answer::{Answer, Answered};
use crate::guards::Authenticated;
use crate::openapi::{Problems, Unchanged, describe};

/// A running process, as of its last heartbeat.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = Instance)]
struct InstanceView {
    /// The service that it provides: `all`, `gateway`, `auth`, `users`, `timeline`, `messages`.
    #[schema(example = "timeline")]
    service: &'static str,
    #[schema(pattern = "^[0-9a-f]{16}$")]
    id: String,
    /// Its address: host and port.
    #[schema(example = "10.0.0.4:5000")]
    address: String,
    /// Its version of twclone.
    version: String,
    /// When it started.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// The time of its last heartbeat. It sends one every 10 seconds, or every 2 when its state changes.
    #[schema(value_type = String, format = DateTime)]
    seen_at: Timestamp,
    /// `ready`, `not ready` or `starting`.
    #[schema(example = "ready")]
    status: String,
    /// The number of requests in progress.
    in_flight: u64,
    /// The number of responses per second since the previous heartbeat.
    requests_per_second: u64,
}

/// The running instances, grouped by service, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Services)]
struct ServicesView {
    services: Vec<InstanceView>,
}

impl From<Instance> for InstanceView {
    fn from(instance: Instance) -> Self {
        Self {
            service: instance.service.as_str(),
            id: instance.id,
            address: instance.address,
            version: instance.version,
            started_at: instance.started_at,
            seen_at: instance.seen_at,
            status: instance.status,
            in_flight: instance.in_flight,
            requests_per_second: instance.rate,
        }
    }
}

/// List the running instances
///
/// All instances of all services, as of their last heartbeat. An instance is left out if it has sent no heartbeat for
/// 30 seconds. Only administrators can do this.
///
/// ```text
/// http -a mj:bulls localhost:5000/services
/// ```
#[describe(responses((status = 200, body = ServicesView), Problems, Unchanged))]
#[get("/services")]
pub(super) async fn list(installation: &State<Installation>, caller: Authenticated) -> Answered {
    let instances = installation.registry.list_for(&caller.0).await?;
    Answer::ok(&ServicesView { services: instances.into_iter().map(InstanceView::from).collect() })
}
