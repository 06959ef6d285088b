//! Raw bytes on a connection, as no library would send them.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::time::{Duration, Instant};

use twclone_testkit::Client;

/// Longer than every timeout of the edge.
const TIMEOUT: Duration = Duration::from_secs(80);

pub(super) struct Wire(pub(super) TcpStream);

impl Wire {
    pub(super) fn to(server: &Client) -> Self {
        let stream = TcpStream::connect(server.address().trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        Self(stream)
    }

    /// Connects from another address than the other clients.
    pub(super) fn from_elsewhere(server: &Client) -> Self {
        let stream = twclone_testkit::connect_from(Ipv4Addr::new(127, 0, 0, 9), server);
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        Self(stream)
    }

    /// Sends bytes. Returns `false` if the peer has closed the connection.
    pub(super) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.write_all(bytes.as_ref()).is_ok()
    }

    pub(super) fn send_no_more(&self) {
        let _ = self.0.shutdown(Shutdown::Write);
    }

    /// Reads until the peer closes.
    pub(super) fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        // A reset also ends the connection.
        let _ = self.0.read_to_end(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    /// Returns the number of bytes until the peer closes; `None` if it does not.
    pub(super) fn count_rest(&mut self) -> Option<usize> {
        let (mut count, mut piece) = (0, vec![0; 64 * 1024]);
        loop {
            match self.0.read(&mut piece) {
                Ok(0) => return Some(count),
                Ok(more) => count += more,
                // A reset also ends the connection.
                Err(error) => return (error.kind() == ErrorKind::ConnectionReset).then_some(count),
            }
        }
    }

    /// Returns the time until the peer closes.
    pub(super) fn time_to_end(&mut self) -> Duration {
        let began = Instant::now();
        self.rest();
        began.elapsed()
    }

    /// Reads one response that has a `Content-Length`.
    pub(super) fn answer(&mut self) -> String {
        let mut bytes = Vec::new();
        let mut byte = [0];
        while !bytes.ends_with(b"\r\n\r\n") {
            assert_eq!(self.0.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&bytes));
            bytes.push(byte[0]);
        }
        let head = String::from_utf8(bytes).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.0.read_exact(&mut body).unwrap();
        head + std::str::from_utf8(&body).unwrap()
    }
}
