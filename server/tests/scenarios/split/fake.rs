//! A fake service: a gateway takes it for a real one, and the test determines its responses.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::spawn;
use std::time::Duration;

use tokio::runtime::Runtime;
use twclone_domain::registry::{Heartbeat, Registry, Service};
use twclone_domain::{Clock, Randomness};
use twclone_testkit::World;

use crate::peers::Terms;

/// A fake service, which runs until it is dropped.
pub(super) struct Fake {
    asked: Arc<AtomicUsize>,
    checked: Arc<AtomicUsize>,
    _heart: Heartbeat,
    _runtime: Runtime,
}

impl Fake {
    /// Sends this text as the response to each request, given its lines; sends nothing if the text is empty.
    pub(super) fn start(
        world: &World,
        service: Service,
        answer: impl Fn(&[String]) -> String + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let terms = Terms::of(world, service.as_str(), &listener.local_addr().unwrap().to_string());
        let (heartbeat, runtime) = announce(world, service, &terms.address);
        let (asked, checked) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let (counts, answer) = ([Arc::clone(&asked), Arc::clone(&checked)], Arc::new(answer));
        spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (counts, answer, terms) = (counts.clone(), Arc::clone(&answer), terms.clone());
                spawn(move || serve(stream, &terms, &counts, &*answer));
            }
        });
        Self { asked, checked, _heart: heartbeat, _runtime: runtime }
    }

    /// Returns the number of requests, without health checks.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// Returns the number of health checks.
    pub(super) fn checked(&self) -> usize {
        self.checked.load(Ordering::Relaxed)
    }
}

/// Announces a service at an address until both results are dropped.
pub(super) fn announce(world: &World, service: Service, address: &str) -> (Heartbeat, Runtime) {
    let runtime = Runtime::new().unwrap();
    let (configuration, randomness) = (world.configuration(), Randomness::system());
    let registry = runtime.block_on(Registry::open(&configuration, &Clock::system(), &randomness)).unwrap();
    let instance = registry.new_instance(service, address, "0.0.1").unwrap();
    let heartbeat = runtime.block_on(registry.start_heartbeat(instance, Default::default)).unwrap();
    (heartbeat, runtime)
}

/// Serves one request for each connection.
fn serve(
    mut stream: TcpStream,
    terms: &Terms,
    [asked, checked]: &[Arc<AtomicUsize>; 2],
    answer: &dyn Fn(&[String]) -> String,
) {
    if terms.receive(&mut stream).is_err() {
        return;
    }
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let head: Vec<_> = reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let Some(first) = head.first() else { return };
    let length = head.iter().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    let text = if first.contains(" /readyz ") {
        checked.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(20));
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()
    } else {
        asked.fetch_add(1, Ordering::Relaxed);
        answer(&head)
    };
    let _ = stream.write_all(text.as_bytes());
}
