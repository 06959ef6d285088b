//! The lifecycle of a process, which is a service or a gateway in front of services.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use twclone_domain::accounts::{Limits, Rate};
use twclone_domain::registry::{Heartbeat, Load, Registry, Service};
use twclone_domain::{Error, Installation, Randomness};

use crate::app;
use crate::edge::{
    self, Answers, Backend, Bound, Cors, Exchange, Gateway, Handshake, HttpServer, Instances, Local, Reception, Tls,
    TrustedProxies,
};
use crate::health::ReadinessCache;
use crate::metrics::Metrics;
use crate::services::Routing;
use crate::shutdown::Signals;

/// How long a service goes on serving after it has left the registry. By then, every gateway has noticed and uses
/// other instances.
const LEAVING: Duration = Duration::from_millis(2_500);

/// The settings of a server: its address, TLS, proxies and limits.
#[derive(Debug, Clone)]
pub struct Port {
    /// The address to listen on.
    pub address: IpAddr,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// The host, or host and port, at which others reach the server, if it is not `address`.
    pub advertised: Option<String>,
    /// The files with the TLS certificate and its private key, in PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// The trusted proxies, whose forwarding headers are used.
    pub proxies: Vec<IpAddr>,
    /// Maximum number of concurrent requests.
    pub requests_at_a_time: usize,
    /// Rate limit of requests for each client address.
    pub requests_per_address: Rate,
    /// The origins whose pages may read responses; `*` allows any.
    pub cors_origins: Vec<String>,
}

impl Port {
    /// Returns the defaults for a service: any free port on the loopback address, and no trusted proxies.
    #[must_use]
    pub fn of(service: Service) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            address: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            advertised: None,
            tls: None,
            proxies: Vec::new(),
            // More concurrent requests would only slow a service down. A gateway mostly waits for services.
            requests_at_a_time: if service == Service::Gateway { 1_024 } else { 128 * cores },
            requests_per_address: Limits::default().requests_per_account,
            cors_origins: Vec::new(),
        }
    }
}

/// A bound port and its loaded certificate. Create this first: a server that cannot listen then leaves nothing
/// behind.
#[derive(Debug)]
pub struct BoundPort {
    port: Port,
    bound: Bound,
}

impl BoundPort {
    /// Binds a port; does not listen yet.
    ///
    /// # Errors
    /// `Unavailable` if the port cannot be bound or the certificate cannot be read. The text says what to do.
    pub fn new(port: Port) -> Result<Self, Error> {
        let tls = port.tls.as_ref().map(|(certificate, key)| Tls::open(certificate, key)).transpose()?;
        let bound = Bound::bind(port.address, port.port, tls)?;
        Ok(Self { port, bound })
    }
}

/// Serves the routes of a service until the process receives SIGINT or SIGTERM, or a store has lost its file. Running
/// requests finish first. Meanwhile, also runs the background jobs of the installation. A service other than `All`
/// stands behind gateways that know the secret.
///
/// # Errors
/// `Unavailable` if another process has begun to listen on the port; the text says what to do. `FileLost` if a file
/// of a store was removed, moved or replaced meanwhile.
pub async fn serve(
    installation: Installation,
    service: Service,
    secret: Option<&str>,
    bound: BoundPort,
    randomness: &Randomness,
    listening: impl FnOnce(u16),
) -> Result<(), Error> {
    let BoundPort { port, bound } = bound;
    let signals = Signals::listen()?;
    let metrics = Metrics::new()?;
    let lost = installation.lost();
    installation.start_jobs();
    let registry = installation.registry.clone();
    let readiness = ReadinessCache::new();
    let rocket = app::rocket(service, metrics.clone()).manage(installation).manage(readiness.clone());
    let backend = Backend::Local(Box::new(Local::new(rocket).await?));
    let handshake = secret.map(|secret| Handshake::new(secret, randomness)).transpose()?;
    let (server, answers) = open(&port, bound, backend, metrics, randomness)?;
    let says = readiness.clone();
    let heartbeat = Arc::new(announce(&registry, service, &port, &server, &answers, move || says.is_ready()).await?);
    readiness.watch(Arc::clone(&heartbeat));
    let reception = handshake.map(|handshake| Reception::new(handshake, heartbeat.instance().clone()));
    listening(server.port()?);
    let mut reason = None;
    let leave = async {
        reason = signals.told_or_lost(lost).await;
        leave(&heartbeat).await;
        // Without its store, a service cannot serve requests.
        if service != Service::All && reason.is_none() {
            tokio::time::sleep(LEAVING).await;
        }
    };
    server.serve(reception, leave).await;
    let closed = match answers.installation() {
        Some(installation) => installation.close().await,
        None => Ok(()),
    };
    reason.map_or(closed, Err)
}

/// Forwards requests to the services in the registry until the process receives SIGINT or SIGTERM, or the registry
/// has lost its file.
///
/// # Errors
/// As for [`serve`].
pub async fn serve_gateway(
    registry: Registry,
    secret: &str,
    bound: BoundPort,
    randomness: &Randomness,
    listening: impl FnOnce(u16),
) -> Result<(), Error> {
    let BoundPort { port, bound } = bound;
    let signals = Signals::listen()?;
    let metrics = Metrics::new()?;
    let instances = Arc::new(Instances::new(
        registry.clone(),
        Handshake::new(secret, randomness)?,
        port.requests_at_a_time.div_ceil(2),
    ));
    instances.look().await;
    let rocket = app::rocket(Service::Gateway, metrics.clone()).manage(Arc::clone(&instances));
    let backend = Backend::Gateway(Box::new(Gateway {
        local: Local::new(rocket).await?,
        routing: Routing::new(app::endpoints()),
        instances: Arc::clone(&instances),
        exchange: Exchange::new(randomness)?,
        metrics: metrics.clone(),
    }));
    let (server, answers) = open(&port, bound, backend, metrics, randomness)?;
    let ready = move || instances.are_ready();
    let heartbeat = announce(&registry, Service::Gateway, &port, &server, &answers, ready).await?;
    listening(server.port()?);
    let mut reason = None;
    let leave = async {
        reason = signals.told_or_lost(registry.lost()).await;
        leave(&heartbeat).await;
    };
    server.serve(None, leave).await;
    reason.map_or(Ok(()), Err)
}

fn open(
    port: &Port,
    bound: Bound,
    backend: Backend,
    metrics: Metrics,
    randomness: &Randomness,
) -> Result<(HttpServer, Arc<Answers>), Error> {
    let proxies = TrustedProxies::new(&port.proxies, randomness)?;
    let limits = edge::Limits::new(port.requests_at_a_time, port.requests_per_address);
    let answers = Arc::new(Answers::new(backend, proxies, limits, Cors::new(&port.cors_origins), metrics));
    Ok((HttpServer::open(bound, Arc::clone(&answers))?, answers))
}

async fn announce(
    registry: &Registry,
    service: Service,
    port: &Port,
    server: &HttpServer,
    answers: &Arc<Answers>,
    ready: impl Fn() -> bool + Send + Sync + 'static,
) -> Result<Heartbeat, Error> {
    let number = server.port()?;
    let address = match &port.advertised {
        Some(address) if address.contains(':') => address.clone(),
        Some(host) => format!("{host}:{number}"),
        None => std::net::SocketAddr::new(port.address, number).to_string(),
    };
    let instance = registry.new_instance(service, address, env!("CARGO_PKG_VERSION"))?;
    let answers = Arc::clone(answers);
    let load = move || {
        let (in_flight, answered) = answers.load();
        Load { in_flight, answered, ready: ready() }
    };
    registry.start_heartbeat(instance, load).await
}

/// Leaves the registry. A failure does not prevent the shutdown: the entry expires some seconds later.
async fn leave(heartbeat: &Heartbeat) {
    if let Err(error) = heartbeat.stop().await {
        tracing::warn!(%error, "cannot leave the registry of services");
    }
}
