use std::fmt;

use clap::Args;
use serde::Serialize;
use twclone_domain::Timestamp;
use twclone_domain::registry::Instance;
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::opened;
use crate::output::Output;

/// List the running instances of the services, and their load
///
/// Each instance reports to the item store every 10 seconds, and within 2 seconds when its load changes. An instance
/// that has not reported for 30 seconds is not listed.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin services list --json")]
pub(crate) struct List {}

#[derive(Serialize)]
struct Answer {
    services: Vec<View>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct View {
    service: &'static str,
    id: String,
    address: String,
    version: String,
    started_at: Timestamp,
    seen_at: Timestamp,
    status: String,
    in_flight: u64,
    requests_per_second: u64,
}

impl List {
    /// Lists the instances.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        opened::existing(settings, async |installation| {
            let instances = installation.registry.list_by(&installation.administrator()).await?;
            output.answer(&Answer { services: instances.into_iter().map(View::from).collect() })
        })
        .await
    }
}

impl From<Instance> for View {
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

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:<8}  {:<16}  {:<21}  {:<8}  {:<24}  {:<24}  {:>9}  {:>10}  status",
            "service", "id", "address", "version", "started", "seen", "in flight", "requests/s"
        )?;
        for View { service, id, address, version, started_at, seen_at, status, in_flight, requests_per_second } in
            &self.services
        {
            let (started, seen) = (started_at.to_string(), seen_at.to_string());
            write!(formatter, "\n{service:<8}  {id:<16}  {address:<21}  {version:<8}  {started:<24}  {seen:<24}  ")?;
            write!(formatter, "{in_flight:>9}  {requests_per_second:>10}  {status}")?;
        }
        Ok(())
    }
}
