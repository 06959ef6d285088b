//! The service: all routes on one origin.

use std::net::IpAddr;

use rocket::Route;
use rocket::config::{Config, LogLevel, Shutdown};
use rocket::data::{Limits, ToByteUnit as _};
use rocket::error::ErrorKind;
use twclone_domain::{Error, Installation, Randomness};

use crate::guards::Proxies;
use crate::metrics::Metrics;
use crate::observe::Observer;
use crate::{catchers, dialects, fixed, health};

/// For how many seconds requests that run when the service is told to stop may go on.
const GRACE: u32 = 5;

/// Serves until the process is told to stop (SIGINT, SIGTERM); requests that run are ended first. Does meanwhile what
/// requests leave to be done.
///
/// # Errors
/// `Unavailable` where the port cannot be had; what to do stands in the text.
pub async fn serve(
    mut installation: Installation,
    address: IpAddr,
    port: u16,
    proxies: Proxies,
    randomness: Randomness,
    listening: impl FnOnce(u16) + Send + Sync + 'static,
) -> Result<(), Error> {
    let metrics = Metrics::new()?;
    let observer = Observer::new(randomness, metrics.clone());
    installation.start_jobs();
    let rocket = rocket::custom(config(address, port))
        .manage(installation)
        .manage(proxies)
        .manage(metrics)
        .manage(observer.clone())
        .attach(observer)
        .attach(rocket::fairing::AdHoc::on_liftoff("listening", |rocket| {
            listening(rocket.config().port);
            Box::pin(async {})
        }))
        .register("/", catchers::all())
        .mount("/", fixed::refusals(&routes()))
        .mount("/", routes());
    let rocket = rocket.launch().await.map_err(|error| match error.kind() {
        ErrorKind::Bind(cause) => {
            Error::Unavailable(format!("cannot listen on {address}:{port}: {cause}; choose another port with --port"))
        }
        other => Error::internal(format!("cannot start: {other}")),
    })?;
    match rocket.state::<Installation>() {
        Some(installation) => installation.close().await,
        None => Ok(()),
    }
}

/// Every route of the service.
fn routes() -> Vec<Route> {
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

/// Nothing is read from Rocket's own file or environment: the settings are ours.
fn config(address: IpAddr, port: u16) -> Config {
    Config {
        address,
        port,
        log_level: LogLevel::Off,
        ident: rocket::config::Ident::none(),
        // Anyone could write the header.
        ip_header: None,
        limits: Limits::default().limit("bytes", 64.kibibytes()),
        shutdown: Shutdown { grace: GRACE, mercy: 1, ..Shutdown::default() },
        ..Config::release_default()
    }
}
