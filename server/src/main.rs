//! The command `twclone-server`.

use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use tikv_jemalloc_ctl::background_thread;
use tikv_jemallocator::Jemalloc;
use tracing_subscriber::EnvFilter;
use twclone_domain::registry::{self, Registry, Service};
use twclone_domain::seed::{self, Progress, Report};
use twclone_domain::{Clock, Error, Installation, Randomness, excerpt};
use twclone_server::log::{self, Log};
use twclone_server::process::{self, BoundPort, Port};
use twclone_settings::{LogFormat, ServerFlags, Settings, StoreFlags};

/// jemalloc. A page of messages consists of some hundred small blocks. glibc's allocator is slow to free a block on
/// another thread, and mimalloc keeps the memory of a burst of connections while the server is idle.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// A Twitter-like messaging service
///
/// Creates what is missing (the data folder, both stores, the tables), and serves.
#[derive(Parser)]
#[command(
    name = "twclone-server",
    version,
    after_help = "Example:\n  twclone-server --seed test-load.json --port 5000\n  twclone-server gateway --port 5000"
)]
struct Command {
    #[command(flatten)]
    store: StoreFlags,
    #[command(flatten)]
    server: ServerFlags,
    /// The part that this process runs: gateway, auth, users, timeline or messages [default: everything]
    #[arg(value_name = "SERVICE", value_parser = part)]
    service: Option<Service>,
    /// Load this seed file first; existing records stay as they are
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
}

fn main() -> ExitCode {
    let command = Command::parse();
    let settings = match Settings::read(&command.store, &command.server) {
        Ok(settings) => settings,
        Err(text) => return fail(&text),
    };
    if let Err(text) = start_log(&settings) {
        return fail(&text);
    }
    let code = serve(&command, &settings);
    log::finish();
    code
}

fn serve(command: &Command, settings: &Settings) -> ExitCode {
    // A background thread returns freed memory to the system within 10 s. Without it, memory is returned when more is
    // freed.
    let _ = background_thread::write(true);
    let runtime = match tokio::runtime::Builder::new_multi_thread().event_interval(7).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}")),
    };
    match runtime.block_on(run(settings, command.service.unwrap_or(Service::All), command.seed.as_deref())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Invalid(faults)) => {
            let lines: Vec<_> = faults.iter().map(|fault| format!("  {}: {}", fault.field, fault.message)).collect();
            fail(&format!("nothing was loaded; the seed file has faults:\n{}", lines.join("\n")))
        }
        // Omits the prefix that the variant's `Display` adds: the text is complete.
        Err(Error::Unavailable(text)) => fail(&text),
        Err(error) => fail(&error.to_string()),
    }
}

async fn run(settings: &Settings, service: Service, seed: Option<&Path>) -> Result<(), Error> {
    let (clock, randomness) = (Clock::system(), Randomness::system());
    let configuration = settings.configuration(seed.is_some());
    let port = port(settings, service)?;
    let host = match port.address {
        address if address.is_loopback() => "localhost".to_owned(),
        IpAddr::V4(address) => address.to_string(),
        // Brackets separate the colons of the address from the one before the port (RFC 3986, section 3.2.2).
        IpAddr::V6(address) => format!("[{address}]"),
    };
    let scheme = if port.tls.is_some() { "https" } else { "http" };
    let engine = settings.engine();
    // Bind before the stores are opened: a server that cannot listen must leave nothing behind.
    let bound = BoundPort::new(port)?;
    let listening = |number| {
        let part = if service == Service::All { String::new() } else { format!(" ({service})") };
        tracing::info!(?engine, "twclone{part} listens on {scheme}://{host}:{number} (see /docs)");
    };
    Installation::refuse_lost_store(&configuration, &clock, &randomness).await?;
    if service == Service::Gateway {
        if seed.is_some() {
            let detail = "a gateway cannot load a seed file; use `twclone-admin init --seed FILE`";
            return Err(Error::Unavailable(detail.to_owned()));
        }
        let secret = registry::secret(&configuration, &randomness).await?;
        let registry = Registry::open(&configuration, &clock, &randomness).await?;
        return process::serve_gateway(registry, &secret, bound, &randomness, listening).await;
    }
    let secret = match service {
        Service::All => None,
        _ => Some(registry::secret(&configuration, &randomness).await?),
    };
    let installation = Installation::open(configuration, clock, randomness.clone()).await?;
    if !installation.created_tables.is_empty() {
        tracing::info!(tables = installation.created_tables.join(" "), "created tables");
    }
    if let Some(file) = seed {
        let administrator = installation.administrator();
        let report = seed::load(&installation, &administrator, file, &progress).await?;
        tell(file, &report);
    }
    process::serve(installation, service, secret.as_deref(), bound, &randomness, listening).await
}

fn port(settings: &Settings, service: Service) -> Result<Port, Error> {
    let usual = Port::of(service);
    // Clients of a service behind a gateway talk to the gateway, which handles TLS and CORS.
    let is_public = matches!(service, Service::All | Service::Gateway);
    Ok(Port {
        address: settings.address.parse().map_err(|_| Error::internal("the address is not an IP address"))?,
        port: settings.port,
        advertised: settings.advertise.clone(),
        // Services behind a gateway use no TLS, even if all processes share the same settings.
        tls: settings.tls().map_err(Error::Unavailable)?.filter(|_| is_public),
        cors_origins: if is_public { settings.cors_origins().map_err(Error::internal)? } else { Vec::new() },
        proxies: settings.trusted_proxies().map_err(Error::internal)?,
        requests_at_a_time: settings.requests_at_a_time.unwrap_or(usual.requests_at_a_time),
        requests_per_address: settings.requests_per_address,
    })
}

fn part(text: &str) -> Result<Service, String> {
    text.parse()
}

/// Logs the progress of a load, once for every 10 000 records.
fn progress(progress: Progress) {
    let (what, done, all) = match progress {
        Progress::Checking(_) | Progress::Accounts(_) => return,
        Progress::Messages(done, all) => ("messages", done, all),
        Progress::Follows(done, all) => ("follows", done, all),
        Progress::Posts(done, all) => ("posts", done, all),
        Progress::Likes(done, all) => ("likes", done, all),
        Progress::Products(done, all) => ("products", done, all),
    };
    if done % 10_000 == 0 {
        tracing::info!(done, all, "loading {what}");
    }
}

fn tell(file: &Path, report: &Report) {
    let Report { accounts, messages, follows, posts, likes, products, .. } = report;
    tracing::info!(
        file = %file.display(),
        accounts.created,
        accounts.unchanged,
        messages.created,
        messages.unchanged,
        follows.created,
        follows.unchanged,
        posts.created,
        posts.unchanged,
        likes.created,
        likes.unchanged,
        products.created,
        products.unchanged,
        refused = report.refused(),
        "loaded"
    );
    for refusal in &report.refusals {
        tracing::warn!("{}: refused: {}", refusal.place, refusal.reason);
    }
}

fn start_log(settings: &Settings) -> Result<(), String> {
    // Rocket's messages (crate `log`) are not collected: they are long, and may hold user data.
    let filter = EnvFilter::try_new(&settings.log).map_err(|_| {
        let given = excerpt(&settings.log);
        format!("log is \"{given}\"; it must be a level such as info, or levels per module such as info,rocket=warn")
    })?;
    let writer = Log::start().map_err(|error| format!("cannot start: {error}"))?;
    // Failures to write the log are reported neither in the log nor on standard error.
    let log = tracing_subscriber::fmt()
        .log_internal_errors(false)
        .with_env_filter(filter)
        .with_writer(move || writer.clone())
        .with_target(false);
    match settings.log_format {
        LogFormat::Text => log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

fn fail(text: &str) -> ExitCode {
    // Writes earlier log lines first. `eprintln!` would panic if standard error is closed.
    log::finish();
    let _ = writeln!(std::io::stderr(), "twclone-server: {text}");
    ExitCode::FAILURE
}
