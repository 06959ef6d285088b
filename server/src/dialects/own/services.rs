use rocket::{State, get};
use serde::Serialize;
use twclone_domain::registry::Instance;
use twclone_domain::{Installation, Timestamp};
use utoipa::ToSchema;

use crate::answer::{Answer, Answered};
use crate::guards::Authenticated;
use crate::openapi::{Problems, Unchanged, describe};

/// A process that serves, as it has announced itself last.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = Instance)]
struct InstanceView {
    /// What it serves: `all`, `gateway`, `auth`, `users`, `timeline`, `messages`.
    #[schema(example = "timeline")]
    service: &'static str,
    #[schema(pattern = "^[0-9a-f]{16}$")]
    id: String,
    /// Where it can be reached: host and port.
    #[schema(example = "10.0.0.4:5000")]
    address: String,
    /// The version of its program.
    version: String,
    /// Since when it runs.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// When it announced itself last; it does so every ten seconds, or two when it is busy.
    #[schema(value_type = String, format = DateTime)]
    seen_at: Timestamp,
    /// `ready`, or in its own words why not.
    #[schema(example = "ready")]
    status: String,
    /// How many requests it was just answering.
    in_flight: u64,
    /// How many it answered each second since the announcement before.
    requests_per_second: u64,
}

/// The instances that are there: those of a service side by side, the oldest first.
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
/// Of this service and of those that it is split into, as they have announced themselves; for administrators. One that
/// has been silent for half a minute is not listed.
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
