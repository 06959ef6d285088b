//! A proxy before a server with DynamoDB's API, on whose wire goes wrong what a test orders.

mod wire;

use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use self::wire::Request;

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Answered with this status and this kind of error, and not passed on.
    Refuse(u16, &'static str),
    /// A transaction is cancelled, for another is in its way. It is not passed on.
    TransactionConflict,
    /// Of a batch so many are passed on; the rest is answered as unprocessed.
    Part(usize),
    /// The connection ends before the request is passed on.
    CloseBefore,
    /// The request is passed on, and the connection ends before its answer.
    CloseAfter,
    /// The request is passed on so much later.
    Delay(Duration),
    /// The request is passed on, and its answer comes so much later.
    Late(Duration),
    /// The request is not passed on, and there is no answer.
    Hang,
}

#[derive(Debug, Default)]
struct State {
    orders: Vec<(Range<usize>, Trouble)>,
    seen: Vec<String>,
}

/// The proxy. It serves until the tests end.
#[derive(Debug)]
pub struct Proxy {
    address: String,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    /// Before the server at this address, which begins with `http://`. Nothing goes wrong yet.
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
                // What ends a connection is the trouble of its two ends alone.
                std::thread::spawn(move || serve(client, &server, &state));
            }
        });
        Self { address, state }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The requests with these places go wrong, the first from now on being 1.
    pub fn order(&self, places: Range<usize>, trouble: Trouble) {
        *lock(&self.state) = State { orders: vec![(places, trouble)], seen: Vec::new() };
    }

    /// And so do these, of which the first is still the first since the order before this.
    pub fn also(&self, places: Range<usize>, trouble: Trouble) {
        lock(&self.state).orders.push((places, trouble));
    }

    /// Nothing goes wrong any more. Answers which operations were asked for since the order.
    pub fn end(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.state)).seen
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap()
}

/// One request; the next takes a connection of its own.
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
