//! The routes, all on one origin.

use rocket::config::{Config, LogLevel};
use rocket::data::{Limits, ToByteUnit as _};
use rocket::{Build, Rocket, Route};
use twclone_domain::registry::Service;

use crate::catchers::{self, Routes};
use crate::metrics::Metrics;
use crate::observe::Observer;
use crate::{dialects, edge, fixed, health, services};

/// Rocket with the routes of a service, and nothing that they need from the stores.
pub(crate) fn rocket(service: Service, metrics: Metrics) -> Rocket<Build> {
    let mut own = routes();
    own.retain(|route| services::serves(service, route.method, route.uri.path()));
    if service == Service::Gateway {
        own = health::routes_of_gateway();
    }
    if service == Service::Auth {
        own.extend(edge::tokens::routes());
    }
    let all = routes();
    let table = all.iter().map(|route| (route.method, route.uri.path().to_owned())).collect();
    let observer = Observer(metrics.clone());
    rocket::custom(config())
        .manage(metrics)
        .manage(Routes(table))
        .manage(observer.clone())
        .attach(observer)
        .register("/", catchers::all())
        .mount("/", fixed::refusals(&all))
        .mount("/", own)
}

/// Every route of the service.
pub(crate) fn routes() -> Vec<Route> {
    let dialects = dialects::ALL.iter().flat_map(|(_, routes, _)| routes());
    health::routes().into_iter().chain(dialects).collect()
}

/// The routes of each dialect, by its name: any of them can be mounted without the others.
#[must_use]
pub fn dialects() -> Vec<(&'static str, Vec<Route>)> {
    dialects::ALL.iter().map(|(name, routes, _)| (*name, routes())).collect()
}

/// The method and the path of every route.
#[must_use]
pub fn table() -> Vec<(String, String)> {
    routes().iter().map(|route| (route.method.to_string(), route.uri.path().to_owned())).collect()
}

/// Nothing is read from Rocket's own file or environment: the settings are ours, and the port is the edge's.
fn config() -> Config {
    Config {
        log_level: LogLevel::Off,
        ident: rocket::config::Ident::none(),
        // Anyone could write the header.
        ip_header: None,
        limits: Limits::default().limit("bytes", 64.kibibytes()),
        ..Config::release_default()
    }
}
