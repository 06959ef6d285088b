//! A TCP link between two processes that fails as a test orders.

mod wire;

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::time::Duration;

use rustix::net::{AddressFamily, Shutdown, SocketFlags, SocketType, sockopt};

use self::wire::Wire;

/// The condition of a link. It applies to open and to new connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Everything passes.
    Fair,
    /// Each piece of bytes is delayed by this time, in both directions.
    Latency(Duration),
    /// One byte passes in each interval of this length, in both directions.
    Drip(Duration),
    /// Connections are accepted and stay open, but all bytes are lost.
    Silent,
    /// New connections are refused. Open connections are reset.
    Refuse,
    /// Open connections are reset immediately, new ones as soon as they are made.
    Reset,
    /// After this many bytes from the server, the stream to the client is closed. What the client sends still passes.
    HalfClose(usize),
    /// After this many bytes from the server, the connection is reset.
    Cut(usize),
}

impl Condition {
    fn resets(self) -> bool {
        matches!(self, Self::Refuse | Self::Reset)
    }
}

/// A condition, and the number of the order that set it.
#[derive(Debug, Clone, Copy)]
struct Order {
    number: usize,
    condition: Condition,
}

#[derive(Debug)]
struct State {
    order: Order,
    server: String,
    connections: usize,
    wires: Vec<Weak<Wire>>,
}

/// The state that a link shares with its connections.
#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    ordered: Condvar,
}

/// A TCP link. It forwards everything until a test sets a condition. When it is dropped, it stops listening and resets
/// its connections.
#[derive(Debug)]
pub struct Link {
    address: SocketAddr,
    /// Reserves the port while the link does not listen.
    _port: OwnedFd,
    listener: Mutex<Option<Arc<TcpListener>>>,
    shared: Arc<Shared>,
}

impl Link {
    /// Opens a link to the server at this address, such as `127.0.0.1:8000`.
    #[must_use]
    pub fn to(server: &str) -> Self {
        let order = Order { number: 0, condition: Condition::Fair };
        let state = State { order, server: server.to_owned(), connections: 0, wires: Vec::new() };
        let shared = Arc::new(Shared { state: Mutex::new(state), ordered: Condvar::new() });
        let (port, address) = free_port();
        let link = Self { address, _port: port, listener: Mutex::default(), shared };
        link.set(Condition::Fair);
        link
    }

    /// Returns the address where the link listens, such as `127.0.0.1:9000`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Sets the condition of the link from now on.
    pub fn set(&self, condition: Condition) {
        let mut listener = self.listener.lock().unwrap();
        if condition == Condition::Refuse {
            // Stops listening immediately, and ends the thread that accepts connections.
            listener.take().into_iter().for_each(|listener| rustix::net::shutdown(listener, Shutdown::Both).unwrap());
        }
        for wire in self.shared.set(condition) {
            wire.reset();
        }
        if condition != Condition::Refuse && listener.is_none() {
            *listener = Some(self.listen());
        }
    }

    /// Directs new connections to the server at this address.
    pub fn retarget(&self, server: &str) {
        server.clone_into(&mut self.shared.lock().server);
    }

    /// Returns how many connections clients have made so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.lock().connections
    }

    fn listen(&self) -> Arc<TcpListener> {
        let listener = Arc::new(TcpListener::bind(self.address).unwrap());
        let (accepting, shared) = (Arc::clone(&listener), Arc::clone(&self.shared));
        std::thread::spawn(move || {
            for client in accepting.incoming().map_while(Result::ok) {
                shared.lock().connections += 1;
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.connect(client));
            }
        });
        listener
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.set(Condition::Refuse);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn order(&self) -> Order {
        self.lock().order
    }

    /// Sets a condition, and returns the connections to reset.
    fn set(&self, condition: Condition) -> Vec<Arc<Wire>> {
        let mut state = self.lock();
        state.order = Order { number: state.order.number + 1, condition };
        self.ordered.notify_all();
        state.wires.retain(|wire| wire.strong_count() > 0);
        let ending = if condition.resets() { std::mem::take(&mut state.wires) } else { Vec::new() };
        ending.iter().filter_map(Weak::upgrade).collect()
    }

    /// Waits for this time, and returns true if the order still applies. Returns false as soon as there is a new
    /// order.
    fn holds_for(&self, order: Order, time: Duration) -> bool {
        let holds = |state: &mut State| state.order.number == order.number;
        self.ordered.wait_timeout_while(self.lock(), time, holds).unwrap().1.timed_out()
    }

    fn connect(&self, client: TcpStream) {
        let server = self.lock().server.clone();
        if self.order().condition.resets() {
            return wire::reset(&client);
        }
        let Ok(server) = TcpStream::connect(server) else {
            // A silent link hides from the client that the server is unreachable.
            while let order @ Order { condition: Condition::Silent, .. } = self.order() {
                self.holds_for(order, Duration::MAX);
            }
            return wire::reset(&client);
        };
        let wire = Arc::new(Wire::new(client, server));
        let resets = {
            let mut state = self.lock();
            state.wires.push(Arc::downgrade(&wire));
            state.order.condition.resets()
        };
        if resets { wire.reset() } else { wire.carry(self) }
    }
}

/// Returns a socket that is bound to a free port, but does not listen. This reserves the port, and connections to it
/// are refused.
fn free_port() -> (OwnedFd, SocketAddr) {
    let socket = rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
    // Allows the listener to bind to the same port.
    sockopt::set_socket_reuseaddr(&socket, true).unwrap();
    rustix::net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = rustix::net::getsockname(&socket).unwrap().try_into().unwrap();
    (socket, address)
}
