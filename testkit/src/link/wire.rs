use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rustix::net::sockopt;

use super::{Condition, Shared};

/// How much is read at a time, and how many such pieces can be under way in a direction.
const PIECE: usize = 65_536;
const UNDER_WAY: usize = 64;
/// How often who writes to somebody that does not read looks whether the connection is over.
const WRITE_TIMEOUT: Duration = Duration::from_millis(10);

/// A connection through a link.
#[derive(Debug)]
pub(super) struct Wire {
    client: TcpStream,
    server: TcpStream,
    is_over: AtomicBool,
}

/// What one side sent, and when.
struct Piece {
    came: Instant,
    sent: Sent,
}

enum Sent {
    Bytes(Vec<u8>),
    /// It sends nothing more.
    End,
    Reset,
}

/// How much of an answer has passed since an order.
#[derive(Default)]
struct Answer {
    order: usize,
    passed: usize,
    /// The client was told that this was all.
    is_closed: bool,
}

/// The connection is over.
struct Over;

/// Makes the end of a connection a reset, and wakes who reads from it. It is sent when nobody holds the connection any
/// more.
pub(super) fn reset(stream: &TcpStream) {
    // What was reset by the other side takes neither.
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

    /// Ends the connection with a reset on both sides.
    pub(super) fn reset(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        reset(&self.client);
        reset(&self.server);
    }

    /// Passes on what both sides send, until the connection is over or both have ended.
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

    /// Passes on what comes, of which `some` passes some and tells how much.
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

    /// Passes or loses some of these bytes, and tells how many.
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

    /// The same for an answer, which may be cut.
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

    /// Waits until the end of what one side sends may show on the other.
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

/// Takes down what one side sends, to its end.
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
