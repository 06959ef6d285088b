//! Attacks from one address that try to keep a server from serving others. Each attack is bounded: it has a fixed
//! number of connections, and ends with the measurement.

mod requests;
mod streams;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::Failure;
use crate::load::trust::Trust;
use crate::load::wire::Caller;

/// The password of the attacker's own account.
pub const PASSWORD: &str = "what the attacker remembers";
/// The address of the attacker.
const SOURCE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);
/// The receive buffer of an attacker's connection, in bytes. It limits how much of an unread response is received.
const WINDOW: u32 = 4096;
/// How long an attacker who was turned away waits before the next attempt.
const AGAIN: Duration = Duration::from_millis(50);
/// The lowest priority that the system has: attackers on a machine of their own would not use the server's
/// processors.
const NICE: i32 = 19;

/// An attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attack {
    /// Requests long pages, and reads nothing of them.
    Unread,
    /// The same over HTTP/2, with closed flow-control windows.
    UnreadStreams,
    /// Repeats a sign-up with other passwords, and changes the attacker's own password.
    Hashes,
    /// Guesses the passwords of people who log in from another address.
    Guesses,
    /// Sends all of a body except its last byte.
    Bodies,
    /// Requests the public timeline over many connections.
    Slots,
    /// Requests the metrics over many connections.
    Metrics,
    /// Opens more connections than the usual limit of open files for a process.
    Connections,
    /// Requests the OpenAPI description, and long error responses.
    Descriptions,
}

/// All attacks.
pub const ALL: [Attack; 9] = [
    Attack::Unread,
    Attack::UnreadStreams,
    Attack::Hashes,
    Attack::Guesses,
    Attack::Bodies,
    Attack::Slots,
    Attack::Metrics,
    Attack::Connections,
    Attack::Descriptions,
];

/// The target of an attack, and the accounts that take part.
#[derive(Debug)]
pub struct Target {
    /// The port of the server.
    pub port: u16,
    /// The certificate of the server, if it uses TLS.
    pub trust: Option<Arc<Trust>>,
    /// The attacker's own account, which has received long messages.
    pub attacker: Caller,
    /// The names of the people who log in from another address.
    pub victims: Vec<String>,
}

impl Attack {
    /// Returns the name of the attack in the report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unread => "1, unread answers",
            Self::UnreadStreams => "1, unread streams",
            Self::Hashes => "2, sign-ups and passwords",
            Self::Guesses => "3, guesses",
            Self::Bodies => "4, half-sent bodies",
            Self::Slots => "4, 1,500 readers",
            Self::Metrics => "4, 1,500 of the metrics",
            Self::Connections => "4, 1,030 connections",
            Self::Descriptions => "5, descriptions and errors",
        }
    }

    /// Attacks until `over` is set.
    pub fn run(self, target: &Target, over: &AtomicBool) -> Result<(), Failure> {
        // On Linux this applies to this thread alone. If it is not allowed, attackers and server compete for the
        // processors.
        let _ = rustix::process::nice(NICE);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut crowd = JoinSet::new();
            self.send(target, &mut crowd)?;
            while !over.load(Ordering::Relaxed) {
                tokio::time::sleep(AGAIN).await;
            }
            crowd.abort_all();
            Ok(())
        })
    }

    fn send(self, target: &Target, crowd: &mut JoinSet<()>) -> Result<(), Failure> {
        let port = target.port;
        match self {
            Self::Unread => hold(crowd, 120, port, requests::long_page(&target.attacker), false),
            Self::UnreadStreams => streams::hold(crowd, 40, port, target.trust.as_deref())?,
            Self::Hashes => {
                ask(crowd, 24, port, requests::sign_ups());
                ask(crowd, 24, port, requests::password_changes(&target.attacker));
            }
            Self::Guesses => ask(crowd, 30, port, requests::guesses(&target.victims)),
            Self::Bodies => hold(crowd, 1_030, port, requests::half_sent(), true),
            Self::Slots => ask(crowd, 1_500, port, vec![requests::public_timeline()]),
            Self::Metrics => ask(crowd, 1_500, port, vec![requests::metrics()]),
            Self::Connections => hold(crowd, 1_030, port, requests::health(), true),
            Self::Descriptions => ask(crowd, 32, port, requests::costly()),
        }
        Ok(())
    }
}

/// Sends a request over so many connections, and then nothing more: reads what comes until the server closes, or not even
/// that. Opens another connection for each that ends.
fn hold(crowd: &mut JoinSet<()>, connections: usize, port: u16, request: Vec<u8>, reads: bool) {
    let request = Arc::new(request);
    for _ in 0..connections {
        let request = Arc::clone(&request);
        crowd.spawn(async move {
            loop {
                if let Ok(mut stream) = connect(port).await
                    && stream.write_all(&request).await.is_ok()
                {
                    if reads {
                        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
                    } else {
                        wait_for_end(&stream).await;
                    }
                }
                tokio::time::sleep(AGAIN).await;
            }
        });
    }
}

/// Waits until the server resets a connection whose response is not read. An orderly close is not noticed.
async fn wait_for_end(stream: &TcpStream) {
    while stream.peer_addr().is_ok() {
        tokio::time::sleep(AGAIN).await;
    }
}

/// Sends one request after the other over each connection, the next when the response has been read.
fn ask(crowd: &mut JoinSet<()>, connections: usize, port: u16, requests: Vec<Vec<u8>>) {
    let requests = Arc::new(requests);
    for first in 0..connections {
        let requests = Arc::clone(&requests);
        crowd.spawn(async move {
            let mut rest = requests.iter().cycle().skip(first % requests.len());
            loop {
                if let Ok(stream) = connect(port).await {
                    let mut stream = BufReader::with_capacity(WINDOW as usize, stream);
                    for request in rest.by_ref() {
                        let sent = stream.write_all(request).await;
                        if sent.is_err() || read(&mut stream).await.is_err() {
                            break;
                        }
                    }
                }
                tokio::time::sleep(AGAIN).await;
            }
        });
    }
}

/// Connects from the attacker's address.
async fn connect(port: u16) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(WINDOW)?;
    socket.bind((SOURCE, 0).into())?;
    socket.connect((Ipv4Addr::LOCALHOST, port).into()).await
}

/// Reads a response, and discards it.
async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<()> {
    let (mut line, mut length, mut first) = (String::new(), 0, true);
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap_or(0);
            }
            Some(_) => {}
            None if first => {}
            None => break,
        }
        first = false;
    }
    tokio::io::copy(&mut stream.take(length), &mut tokio::io::sink()).await.map(drop)
}
