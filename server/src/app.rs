//! The Rocket application, which serves all routes from one origin.

use rocket::config::{Config, LogLevel};
use rocket::data::{Limits, ToByteUnit as _};
use rocket::{Build, Rocket, Route};
use twclone_domain::registry::Service;

use crate::catchers::{self, Routes};
use crate::endpoint::Endpoint;
use crate::metrics::Metrics;
use crate::observe::Observer;
use crate::{dialects, docs, edge, fixed, health};

/// Builds Rocket with the routes of a service, but without the stores that they need.
pub(crate) fn rocket(service: Service, metrics: Metrics) -> Rocket<Build> {
    let own = endpoints().filter(|endpoint| endpoint.is_served_by(service)).map(|endpoint| endpoint.route);
    let own = match service {
        Service::Gateway => health::routes_of_gateway(),
        Service::Auth => own.chain(edge::tokens::routes()).collect(),
        _ => own.collect(),
    };
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
        .mount("/", docs::routes())
        .mount("/", own)
}

/// Returns the described routes of all services.
pub(crate) fn endpoints() -> impl Iterator<Item = Endpoint> {
    health::endpoints().into_iter().chain(dialects::ALL.iter().flat_map(|(_, endpoints)| endpoints()))
}

/// Returns the routes of all services.
fn routes() -> Vec<Route> {
    docs::routes().into_iter().chain(endpoints().map(|endpoint| endpoint.route)).collect()
}

/// Returns the name and the routes of each dialect. Each dialect can be mounted without the others.
#[must_use]
pub fn dialects() -> Vec<(&'static str, Vec<Route>)> {
    let routes = |endpoints: fn() -> Vec<Endpoint>| endpoints().into_iter().map(|endpoint| endpoint.route).collect();
    dialects::ALL.iter().map(|(name, endpoints)| (*name, routes(*endpoints))).collect()
}

/// Returns the method and the path of every route.
#[must_use]
pub fn table() -> Vec<(String, String)> {
    routes().iter().map(|route| (route.method.to_string(), route.uri.path().to_owned())).collect()
}

/// Returns Rocket's configuration. It ignores Rocket's own file and environment variables. The edge opens the port.
fn config() -> Config {
    Config {
        log_level: LogLevel::Off,
        ident: rocket::config::Ident::none(),
        // Clients can forge the header.
        ip_header: None,
        limits: Limits::default().limit("bytes", 64.kibibytes()),
        ..Config::release_default()
    }
}
