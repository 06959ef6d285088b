//! Bytes on a connection, as no library would send them.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::time::{Duration, Instant};

use twclone_testkit::Client;

/// Longer than any time that the edge gives.
const TIMEOUT: Duration = Duration::from_secs(80);

pub(super) struct Wire(pub(super) TcpStream);

impl Wire {
    pub(super) fn to(server: &Client) -> Self {
        let stream = TcpStream::connect(server.address().trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        Self(stream)
    }

    /// From another address than everybody else.
    pub(super) fn from_elsewhere(server: &Client) -> Self {
        let stream = twclone_testkit::connect_from(Ipv4Addr::new(127, 0, 0, 9), server);
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        Self(stream)
    }

    /// Sends this; the other end may have hung up.
    pub(super) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.0.write_all(bytes.as_ref()).is_ok()
    }

    pub(super) fn send_no_more(&self) {
        let _ = self.0.shutdown(Shutdown::Write);
    }

    /// Everything until the other end closes.
    pub(super) fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        // A reset is an end, too.
        let _ = self.0.read_to_end(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    /// How many bytes come until the other end closes; `None` where it does not.
    pub(super) fn count_rest(&mut self) -> Option<usize> {
        let (mut count, mut piece) = (0, vec![0; 64 * 1024]);
        loop {
            match self.0.read(&mut piece) {
                Ok(0) => return Some(count),
                Ok(more) => count += more,
                // A reset is an end, too.
                Err(error) => return (error.kind() == ErrorKind::ConnectionReset).then_some(count),
            }
        }
    }

    /// How long it takes until the other end closes.
    pub(super) fn time_to_end(&mut self) -> Duration {
        let began = Instant::now();
        self.rest();
        began.elapsed()
    }

    /// One answer, of which the length is told.
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
