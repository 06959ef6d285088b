//! A wire between any two processes, on which goes wrong what a test orders.

mod wire;

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::time::Duration;

use rustix::net::{AddressFamily, Shutdown, SocketFlags, SocketType, sockopt};

use self::wire::Wire;

/// How a link is, for the connections that there are and for new ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Everything passes.
    Fair,
    /// Each piece of bytes comes so much later, in both directions.
    Latency(Duration),
    /// One byte passes in each such time, in both directions.
    Drip(Duration),
    /// Connections are made and stay open, and what is sent on them is lost.
    Silent,
    /// Nobody listens. Connections that there are end with a reset.
    Refuse,
    /// Connections end with a reset: those that there are at once, new ones as soon as they are made.
    Reset,
    /// After so many bytes of the server's answer the client is told that this was all. What it sends still passes.
    HalfClose(usize),
    /// After so many bytes of the server's answer the connection ends with a reset.
    Cut(usize),
}

impl Condition {
    fn resets(self) -> bool {
        matches!(self, Self::Refuse | Self::Reset)
    }
}

/// What holds for a link since an order.
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

/// What a link and its connections have in common.
#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    ordered: Condvar,
}

/// The link, which begins fair. When it is dropped nobody listens any more.
#[derive(Debug)]
pub struct Link {
    address: SocketAddr,
    /// Keeps the port for this link while nobody listens.
    _port: OwnedFd,
    listener: Mutex<Option<Arc<TcpListener>>>,
    shared: Arc<Shared>,
}

impl Link {
    /// To the server at this address, such as `127.0.0.1:8000`.
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

    /// Where it listens, such as `127.0.0.1:9000`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// From now on the link is so.
    pub fn set(&self, condition: Condition) {
        let mut listener = self.listener.lock().unwrap();
        if condition == Condition::Refuse {
            // Ends the listening at once, and the thread that waits for clients.
            listener.take().into_iter().for_each(|listener| rustix::net::shutdown(listener, Shutdown::Both).unwrap());
        }
        for wire in self.shared.set(condition) {
            wire.reset();
        }
        if condition != Condition::Refuse && listener.is_none() {
            *listener = Some(self.listen());
        }
    }

    /// New connections go to the server at this address.
    pub fn retarget(&self, server: &str) {
        server.clone_into(&mut self.shared.lock().server);
    }

    /// How many connections clients have made so far.
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

    /// Gives an order, and the connections that end by it.
    fn set(&self, condition: Condition) -> Vec<Arc<Wire>> {
        let mut state = self.lock();
        state.order = Order { number: state.order.number + 1, condition };
        self.ordered.notify_all();
        state.wires.retain(|wire| wire.strong_count() > 0);
        let ending = if condition.resets() { std::mem::take(&mut state.wires) } else { Vec::new() };
        ending.iter().filter_map(Weak::upgrade).collect()
    }

    /// Whether an order holds for so long. Otherwise it answers when there is another.
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
            // In silence the client does not hear of it.
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

/// A socket that has a port and does not listen: nobody else is given the port, and whoever comes to it is refused.
fn free_port() -> (OwnedFd, SocketAddr) {
    let socket = rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
    // Or the listener could not have the same port.
    sockopt::set_socket_reuseaddr(&socket, true).unwrap();
    rustix::net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = rustix::net::getsockname(&socket).unwrap().try_into().unwrap();
    (socket, address)
}
