//! A minimal HTTP/1.1 client.

use std::fmt::Debug;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use socket2::{Domain, Socket, Type};
use tokio_rustls::rustls::{ClientConnection, StreamOwned};

use crate::load::trust::Trust;
use crate::{Failure, people};

/// How long a response may take.
pub const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// The credentials of a request.
#[derive(Debug, Clone)]
pub enum Caller {
    /// No credentials.
    Anybody,
    /// The name and password of one of the people.
    Basic(u64),
    /// This name and password.
    Named(String, String),
    /// An access token.
    Token(String),
}

impl Caller {
    fn header(&self) -> String {
        match self {
            Self::Anybody => String::new(),
            Self::Basic(person) => Self::Named(people::name(*person), people::password(*person)).header(),
            Self::Named(name, password) => {
                format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{name}:{password}")))
            }
            Self::Token(token) => format!("Authorization: Bearer {token}\r\n"),
        }
    }
}

/// Returns a GET request in wire format.
#[must_use]
pub fn get(path: &str, caller: &Caller) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", caller.header()).into_bytes()
}

/// Returns a POST request with a JSON body in wire format.
#[must_use]
pub fn post(path: &str, caller: &Caller, body: &Value) -> Vec<u8> {
    let (caller, body) = (caller.header(), body.to_string());
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\n{caller}Content-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A persistent connection.
#[derive(Debug)]
pub struct Connection(BufReader<Box<dyn Wire>>);

/// The transport of a connection: TCP, or TLS over TCP.
pub trait Wire: Read + Write + Debug + Send {}

impl<T: Read + Write + Debug + Send> Wire for T {}

impl Connection {
    /// Connects to a port of this machine.
    pub fn open(port: u16) -> Result<Self, Failure> {
        Self::over(TcpStream::connect((Ipv4Addr::LOCALHOST, port))?)
    }

    /// Connects to a port of this machine from another of its addresses.
    pub fn open_from(source: Ipv4Addr, port: u16) -> Result<Self, Failure> {
        Self::over(stream_from(source, port)?)
    }

    fn over(stream: TcpStream) -> Result<Self, Failure> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(READ_TIMEOUT))?;
        Ok(Self(BufReader::new(Box::new(stream))))
    }

    /// Connects with TLS.
    pub fn open_tls(port: u16, trust: &Trust) -> Result<Self, Failure> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(READ_TIMEOUT))?;
        let session = ClientConnection::new(trust.config(b"http/1.1")?, Trust::name()?)?;
        Ok(Self(BufReader::new(Box::new(StreamOwned::new(session, stream)))))
    }

    /// Sends a request, and reads the status and the body of the response.
    pub fn exchange(&mut self, request: &[u8]) -> Result<(u16, Vec<u8>), Failure> {
        self.0.get_mut().write_all(request)?;
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| format!("that is no answer: {line:?}"))?;
        let mut length = 0;
        loop {
            line.clear();
            self.0.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok((status, body))
    }

    /// Sends a request that must succeed, and reads the body of the response.
    pub fn ask(&mut self, request: &[u8]) -> Result<String, Failure> {
        let (status, body) = self.exchange(request)?;
        let body = String::from_utf8(body)?;
        if (200..300).contains(&status) {
            Ok(body)
        } else {
            Err(format!("the server answered {status}: {body}").into())
        }
    }
}

/// Connects to a port of this machine from another of its addresses.
pub fn stream_from(source: Ipv4Addr, port: u16) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((source, 0)).into())?;
    socket.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    Ok(socket.into())
}
