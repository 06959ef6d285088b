use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rustix::net::sockopt;

use super::{Condition, Shared};

/// Maximum bytes of one read.
const PIECE: usize = 65_536;
/// Maximum pieces in flight in one direction.
const UNDER_WAY: usize = 64;
/// How often a blocked write checks whether the connection is over.
const WRITE_TIMEOUT: Duration = Duration::from_millis(10);

/// A connection through a link: the sockets of both sides.
#[derive(Debug)]
pub(super) struct Wire {
    client: TcpStream,
    server: TcpStream,
    is_over: AtomicBool,
}

/// What one side sent, and when it arrived.
struct Piece {
    came: Instant,
    sent: Sent,
}

enum Sent {
    Bytes(Vec<u8>),
    /// The end of the stream.
    End,
    Reset,
}

/// How many bytes from the server have passed since an order.
#[derive(Default)]
struct Answer {
    order: usize,
    passed: usize,
    /// Whether the stream to the client is closed.
    is_closed: bool,
}

/// The error that the connection is over.
struct Over;

/// Makes a connection end with a reset, and wakes the thread that reads from it. The reset is sent when the last
/// handle of the socket is closed.
pub(super) fn reset(stream: &TcpStream) {
    // Both calls fail if the other side has already reset the connection.
    let _ = sockopt::set_socket_linger(stream, Some(Duration::ZERO));
    let _ = stream.shutdown(Shutdown::Read);
}

impl Wire {
    pub(super) fn new(client: TcpStream, server: TcpStream) -> Self {
        for stream in [&client, &server] {
            stream.set_nodelay(true).unwrap();
            stream.set_write_timeout(Some(WRITE_TIMEOUT)).unwrap();
        }
        Self { client, server, is_over: AtomicBool::new(false) }
    }

    /// Resets the connection on both sides.
    pub(super) fn reset(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        reset(&self.client);
        reset(&self.server);
    }

    /// Forwards what both sides send, until the connection is over or both streams have ended.
    pub(super) fn carry(&self, shared: &Shared) {
        let (asking, requests) = sync_channel(UNDER_WAY);
        let (answering, answers) = sync_channel(UNDER_WAY);
        std::thread::scope(|scope| {
            scope.spawn(|| read(&self.client, asking));
            scope.spawn(|| read(&self.server, answering));
            scope.spawn(|| {
                let mut answer = Answer::default();
                self.pass(answers, &self.client, shared, |bytes, came| self.answer(&mut answer, bytes, came, shared));
            });
            self.pass(requests, &self.server, shared, |bytes, came| self.some(&self.server, bytes, came, shared));
        });
    }

    /// Forwards one direction. `some` consumes a part of the bytes, and returns how many.
    fn pass(
        &self,
        pieces: Receiver<Piece>,
        to: &TcpStream,
        shared: &Shared,
        mut some: impl FnMut(&[u8], Instant) -> Result<usize, Over>,
    ) {
        let mut pass = |Piece { came, sent }| {
            match sent {
                Sent::Bytes(bytes) => {
                    let mut left = &bytes[..];
                    while !left.is_empty() {
                        left = &left[some(left, came)?..];
                    }
                }
                Sent::End => {
                    self.wait_for_end(came, shared)?;
                    let _ = to.shutdown(Shutdown::Write);
                }
                Sent::Reset => {
                    self.wait_for_end(came, shared)?;
                    return Err(Over);
                }
            }
            Ok(())
        };
        if pieces.into_iter().try_for_each(&mut pass).is_err() {
            self.reset();
        }
    }

    /// Forwards or drops a part of these bytes, and returns how many. Returns 0 if a new order interrupts the wait.
    fn some(&self, to: &TcpStream, bytes: &[u8], came: Instant, shared: &Shared) -> Result<usize, Over> {
        let order = shared.order();
        let (wait, count) = match order.condition {
            Condition::Refuse | Condition::Reset => return Err(Over),
            Condition::Silent => return Ok(bytes.len()),
            Condition::Latency(time) => (time.saturating_sub(came.elapsed()), bytes.len()),
            Condition::Drip(time) => (time, 1),
            Condition::Fair | Condition::HalfClose(_) | Condition::Cut(_) => (Duration::ZERO, bytes.len()),
        };
        if !wait.is_zero() && !shared.holds_for(order, wait) {
            return Ok(0);
        }
        self.write(to, &bytes[..count]).map(|()| count)
    }

    /// Does the same for bytes from the server, which may be cut.
    fn answer(&self, answer: &mut Answer, bytes: &[u8], came: Instant, shared: &Shared) -> Result<usize, Over> {
        let order = shared.order();
        if answer.order != order.number {
            (answer.order, answer.passed) = (order.number, 0);
        }
        if answer.is_closed {
            return Ok(bytes.len());
        }
        let (Condition::HalfClose(most) | Condition::Cut(most)) = order.condition else {
            return self.some(&self.client, bytes, came, shared);
        };
        let count = bytes.len().min(most - answer.passed);
        self.write(&self.client, &bytes[..count])?;
        answer.passed += count;
        if answer.passed == most {
            if order.condition == Condition::Cut(most) {
                return Err(Over);
            }
            let _ = self.client.shutdown(Shutdown::Write);
            answer.is_closed = true;
        }
        Ok(count)
    }

    /// Waits until the end of one side's stream may be passed to the other side.
    fn wait_for_end(&self, came: Instant, shared: &Shared) -> Result<(), Over> {
        loop {
            let order = shared.order();
            let wait = match order.condition {
                Condition::Refuse | Condition::Reset => return Err(Over),
                Condition::Silent => Duration::MAX,
                Condition::Latency(time) => time.saturating_sub(came.elapsed()),
                Condition::Drip(time) => time,
                Condition::Fair | Condition::HalfClose(_) | Condition::Cut(_) => Duration::ZERO,
            };
            if self.is_over() {
                return Err(Over);
            }
            if wait.is_zero() || shared.holds_for(order, wait) {
                return Ok(());
            }
        }
    }

    fn write(&self, mut to: &TcpStream, mut bytes: &[u8]) -> Result<(), Over> {
        while !bytes.is_empty() {
            if self.is_over() {
                return Err(Over);
            }
            match to.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(_) => return Err(Over),
            }
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }
}

/// Reads what one side sends, until the stream ends.
fn read(mut from: &TcpStream, pieces: SyncSender<Piece>) {
    let mut buffer = vec![0; PIECE];
    loop {
        let sent = match from.read(&mut buffer) {
            Ok(0) => Sent::End,
            Ok(count) => Sent::Bytes(buffer[..count].to_vec()),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => Sent::Reset,
        };
        let is_last = !matches!(sent, Sent::Bytes(_));
        if pieces.send(Piece { came: Instant::now(), sent }).is_err() || is_last {
            return;
        }
    }
}
