//! A proxy in front of a server with DynamoDB's API. Its requests fail as a test orders.

mod wire;

use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use self::wire::Request;

/// A failure of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The response has this status and this kind of error. The request is not forwarded.
    Refuse(u16, &'static str),
    /// A transaction is cancelled because of a conflict with another one. It is not forwarded.
    TransactionConflict,
    /// This many entries of a batch are forwarded. The rest is returned as unprocessed.
    Part(usize),
    /// The connection ends before the request is forwarded.
    CloseBefore,
    /// The request is forwarded, but the connection ends before the response.
    CloseAfter,
    /// The request is forwarded after this delay.
    Delay(Duration),
    /// The request is forwarded, and its response is returned after this delay.
    Late(Duration),
    /// The request is not forwarded, and there is no response.
    Hang,
}

#[derive(Debug, Default)]
struct State {
    orders: Vec<(Range<usize>, Trouble)>,
    seen: Vec<String>,
}

/// The proxy. It runs until the test process ends.
#[derive(Debug)]
pub struct Proxy {
    address: String,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    /// Starts a proxy in front of the server at this address, which begins with `http://`. No failure is ordered yet.
    #[must_use]
    pub fn before(server: &str) -> Self {
        let server = server.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (server, state) = (server.clone(), Arc::clone(&shared));
                // A broken connection concerns only the client and the server, so the result is ignored.
                std::thread::spawn(move || serve(client, &server, &state));
            }
        });
        Self { address, state }
    }

    /// Returns the address where the proxy listens.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Makes the requests at these places fail. The first request from now on is 1.
    pub fn order(&self, places: Range<usize>, trouble: Trouble) {
        *lock(&self.state) = State { orders: vec![(places, trouble)], seen: Vec::new() };
    }

    /// Adds a failure to the last order. Places are still counted from that order.
    pub fn also(&self, places: Range<usize>, trouble: Trouble) {
        lock(&self.state).orders.push((places, trouble));
    }

    /// Ends the failures, and returns the operations that were requested since the order.
    pub fn end(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.state)).seen
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap()
}

/// Handles one request. Each request has its own connection.
fn serve(mut client: TcpStream, server: &str, state: &Mutex<State>) -> Option<()> {
    let request = Request::read(&client)?;
    let trouble = {
        let mut state = lock(state);
        state.seen.push(request.operation.clone());
        let place = state.seen.len();
        state.orders.iter().find(|(places, _)| places.contains(&place)).map(|(_, trouble)| *trouble)
    };
    let answer = match trouble {
        None => request.pass_on(server)?,
        Some(Trouble::Refuse(status, kind)) => wire::refusal(status, kind),
        Some(Trouble::TransactionConflict) => request.conflict(),
        Some(Trouble::Part(most)) => request.pass_on_part(server, most)?,
        Some(Trouble::CloseBefore) => return None,
        Some(Trouble::CloseAfter) => return request.pass_on(server).map(drop),
        Some(Trouble::Delay(delay)) => {
            std::thread::sleep(delay);
            request.pass_on(server)?
        }
        Some(Trouble::Late(delay)) => {
            let answer = request.pass_on(server)?;
            std::thread::sleep(delay);
            answer
        }
        Some(Trouble::Hang) => return wire::hang(client),
    };
    wire::write(&mut client, &answer)
}
