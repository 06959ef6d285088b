use std::net::TcpListener;
use std::ops::Deref;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use crate::{Client, Server, World, repository};

/// Maximum time until all instances are ready.
const READY_TIMEOUT: Duration = Duration::from_mins(1);

/// A split installation: a gateway, and instances of each service on the same stores.
#[derive(Debug)]
pub struct Split<'a> {
    world: &'a World,
    gateway: Server,
    instances: Vec<Instance>,
}

/// A running instance of a service.
#[derive(Debug)]
struct Instance {
    service: &'static str,
    server: Server,
}

impl<'a> Split<'a> {
    /// Starts this many instances of each service with the project's seed data, and waits until all are ready.
    #[must_use]
    pub fn start(world: &'a World, of_each: usize) -> Self {
        Self::start_with(world, of_each, &[])
    }

    /// Starts the same, with these flags for the gateway and all instances.
    #[must_use]
    pub fn start_with(world: &'a World, of_each: usize, flags: &[&str]) -> Self {
        let seeded = world.admin(&["init", "--seed", repository().join("test-load.json").to_str().unwrap()]);
        assert_eq!(seeded.code, Some(0), "{seeded:?}");
        let services = ["auth", "users", "timeline", "messages"];
        let each = (0..of_each).flat_map(|_| services);
        let start = |service| world.serve_with(&[&[service, "--port", &lasting_port()], flags].concat());
        let instances = each.map(|service| Instance { service, server: start(service) }).collect();
        let split = Self { world, gateway: start("gateway"), instances };
        split.all_are_ready();
        split
    }

    /// Returns the number of instances. Those of the same service are four places apart.
    #[must_use]
    pub fn count(&self) -> usize {
        self.instances.len()
    }

    /// Returns the instance at a place, from 0.
    #[must_use]
    pub fn instance(&self, place: usize) -> &Server {
        &self.instances[place].server
    }

    /// Kills an instance (SIGKILL), and starts another at the same place and port.
    pub fn kill(&mut self, place: usize) {
        self.instances[place].server.die();
        self.start_again(place);
    }

    /// Kills an instance (SIGKILL) without a replacement, and returns its address.
    pub fn lose(&mut self, place: usize) -> String {
        let server = &mut self.instances[place].server;
        server.die();
        server.address().to_owned()
    }

    /// Stops an instance (SIGTERM), waits for its end, and starts another at the same place and port. Returns the exit
    /// code.
    pub fn restart(&mut self, place: usize) -> Option<i32> {
        let code = self.instances[place].server.end();
        self.start_again(place);
        code
    }

    /// Stops the gateway (SIGTERM), and starts another on the same port, without additional flags. Returns the exit
    /// code.
    pub fn restart_gateway(&mut self) -> Option<i32> {
        let port = port(&self.gateway);
        let code = self.gateway.end();
        self.gateway = self.world.serve_with(&["gateway", "--port", &port]);
        code
    }

    fn start_again(&mut self, place: usize) {
        let Instance { service, server } = &mut self.instances[place];
        let port = port(server);
        // On the same port, as a service manager would restart it.
        *server = self.world.serve_with(&[service, "--port", &port]);
    }

    /// Waits until the gateway reports every instance as ready.
    pub fn all_are_ready(&self) {
        let began = Instant::now();
        let wanted = self.instances.len() / 4;
        loop {
            let readiness = self.gateway.get("/readyz").send();
            let services = readiness.json()["services"].clone();
            let ready = services.as_object().unwrap().values().all(|service| service["ready"] == wanted);
            if ready && readiness.status == 200 {
                return;
            }
            assert!(began.elapsed() < READY_TIMEOUT, "{readiness:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Returns the gateway, for tests that do more than send requests.
    #[must_use]
    pub fn gateway(&self) -> &Server {
        &self.gateway
    }
}

/// Returns a free port below 32768. Linux does not assign it to an outgoing connection while an instance restarts.
fn lasting_port() -> String {
    static COUNT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 18_000).unwrap();
    loop {
        let port = 12_000 + (first + COUNT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port.to_string();
        }
    }
}

fn port(server: &Server) -> String {
    server.address().rsplit(':').next().unwrap().to_owned()
}

impl Deref for Split<'_> {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.gateway
    }
}
