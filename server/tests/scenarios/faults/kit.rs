//! A server in this process, on stores with faults, and what all fault tests share.

use std::ops::Deref;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use item_store::Tables;
use item_store::api::StoreError;
use tokio::sync::oneshot;
use twclone_domain::registry::Service;
use twclone_domain::{Clock, Configuration, Error, Installation, Randomness, seed};
use twclone_server::process::{self, BoundPort, Port};
use twclone_testkit::{Answer, Client, Fault, Faults, World, repository};

/// Longer than any call takes if nothing hangs.
pub(super) const PATIENT: Duration = Duration::from_secs(30);

/// More calls than a request makes.
const MOST: u64 = 40;

/// A server with the project's seed data. Dropping it has the effect of a kill.
pub(super) struct Faulty {
    pub(super) faults: Arc<Faults>,
    client: Client,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Faulty {
    /// Starts a server whose calls to the stores fail after the deadline.
    pub(super) fn start(world: &World, deadline: Duration) -> Self {
        Self::start_by(world, deadline, Clock::system())
    }

    pub(super) fn start_by(world: &World, deadline: Duration, clock: Clock) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (started, starting) = mpsc::channel();
        let world = (world.configuration(), runtime().block_on(world.tables(deadline)));
        let thread = std::thread::spawn(move || {
            let (configuration, tables) = world;
            let faults = Faults::around(tables.engine());
            runtime().block_on(async move {
                let opening = open(configuration, Arc::clone(&faults), deadline, clock);
                let (installation, randomness, port) =
                    (opening.await.unwrap(), Randomness::system(), Port::of(Service::All));
                let file = repository().join("test-load.json");
                let administrator = installation.administrator();
                seed::load(&installation, &administrator, &file, &|_| {}).await.unwrap();
                // Otherwise its jobs would meet the faults that are meant for requests.
                installation.timelines.catch_up(&administrator).await.unwrap();
                let listening = move |port| started.send((faults, port)).unwrap();
                let bound = BoundPort::new(port).unwrap();
                let serving = process::serve(installation, Service::All, None, bound, &randomness, listening);
                tokio::select! {
                    ended = serving => panic!("the server ended by itself: {ended:?}"),
                    _ = stopped => {}
                }
            });
        });
        let (faults, port) = starting.recv_timeout(Duration::from_mins(1)).unwrap();
        let client = Client::new(format!("http://127.0.0.1:{port}"));
        Self { faults, client, stop: Some(stop), thread: Some(thread) }
    }
}

impl Deref for Faulty {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        drop(self.stop.take());
        // The thread's panic is on standard error. A second one here would hide the test's own.
        let _ = self.thread.take().unwrap().join();
    }
}

pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Returns the faults that let a call return at once, each with the statuses that a request may have for it. Hanging
/// calls have their own tests.
pub(super) fn faults() -> Vec<(Fault, &'static [u16])> {
    let broken = || StoreError::Unavailable("the cable was pulled".to_owned());
    vec![
        (Fault::Refuse(StoreError::Overloaded), &[503]),
        (Fault::Refuse(StoreError::Conflict), &[503]),
        (Fault::Refuse(StoreError::Timeout), &[503]),
        (Fault::Refuse(broken()), &[502]),
        (Fault::Refuse(StoreError::NoSuchTable("t-messages".to_owned())), &[502]),
        (Fault::Refuse(StoreError::Corrupt("a page of noise".to_owned())), &[500]),
        (Fault::Lose(StoreError::Timeout), &[503]),
        (Fault::Lose(broken()), &[502]),
        (Fault::Delay, &[503]),
        (Fault::ShortPage(1), &[]),
        (Fault::ShortPage(0), &[]),
        (Fault::Panic, &[500]),
    ]
}

/// Asserts that a request succeeded, or failed clearly: with one of the statuses, and with `Retry-After` if that is
/// 503. Returns whether it succeeded.
pub(super) fn is_done(answer: &Answer, statuses: &[u16], story: &str) -> bool {
    if matches!(answer.status, 200 | 201) {
        return true;
    }
    assert!(statuses.contains(&answer.status), "{story}: {answer:?}");
    let problem = answer.problem(answer.status);
    let kind = match answer.status {
        502 => "/docs#problem-store-away",
        503 => "/docs#problem-overloaded",
        _ => "/docs#problem-internal",
    };
    assert_eq!(problem["type"], kind, "{story}");
    assert_eq!(answer.header("retry-after").is_some(), answer.status == 503, "{story}: {answer:?}");
    assert!(!answer.text.contains("cable") && !answer.text.contains("noise"), "{story} tells too much: {answer:?}");
    false
}

/// Returns whether an error reports a failing store.
pub(super) fn is_clear(error: &Error) -> bool {
    match error {
        Error::Overloaded | Error::Timeout => true,
        Error::Unavailable(text) => text.contains("cable") || text.contains("t-messages"),
        Error::Internal(text) => text.contains("noise") || text.contains("panicked"),
        _ => false,
    }
}

/// Runs a case for each fault at each call. `story` injects the fault that it is given, and returns whether it was
/// met. For each fault this ends at the first call that a request does not make.
pub(super) fn at_every_call(
    faults: Vec<(Fault, &'static [u16])>,
    mut story: impl FnMut(u64, &Fault, &'static [u16]) -> bool,
) {
    for (fault, statuses) in faults {
        let end = (1..MOST).find(|nth| !story(*nth, &fault, statuses));
        assert!(end.is_some_and(|end| end > 1), "{fault:?} was met at no call, or at {MOST}");
    }
}

/// Returns the smallest id that can be generated from now on.
pub(super) fn now() -> i64 {
    Clock::system().now().millis() << 16
}

/// Opens an installation whose items are in an engine with faults.
pub(super) async fn open(
    configuration: Configuration,
    faults: Arc<Faults>,
    deadline: Duration,
    clock: Clock,
) -> Result<Installation, Error> {
    Installation::open_on(configuration, Tables::new(faults, deadline), clock, Randomness::system()).await
}
