//! Both sides of the handshake between gateways and services, made by hand.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use ring::hmac;
use twclone_domain::{Randomness, registry};
use twclone_testkit::{Client, Value, World};

pub(crate) const HELLO: &[u8; 16] = b"\0twclone peer 1\n";
/// The number of bytes that a gateway sends before the service has proved itself.
pub(crate) const FIRST: usize = 48;
/// The number of bytes that a service sends to prove itself.
pub(crate) const ANSWER: usize = 80;

/// What one side assumes: the secret, and the service at the other end or at this one.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) secret: String,
    pub(crate) service: &'static str,
    pub(crate) address: String,
}

impl Terms {
    /// Returns the terms of a service at this address.
    pub(crate) fn of(world: &World, service: &'static str, address: &str) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let secret = runtime.block_on(registry::secret(&world.configuration(), &Randomness::system())).unwrap();
        Self { secret, service, address: address.trim_start_matches("http://").to_owned() }
    }

    /// Computes the proof for a role.
    pub(crate) fn prove(&self, role: &str, gateway: &[u8], service: &[u8]) -> Vec<u8> {
        let parts = [HELLO, role.as_bytes(), gateway, service, self.service.as_bytes(), self.address.as_bytes()];
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let mut context = hmac::Context::with_key(&key);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        context.sign().as_ref().to_vec()
    }

    /// Connects to the service as a gateway, so that a request can be sent on the connection. Nothing is verified.
    pub(crate) fn connect(&self) -> TcpStream {
        let (mut stream, gateway) = (dial(&self.address), [7; 32]);
        let answer = begin(&mut stream, &gateway).unwrap();
        stream.write_all(&self.prove("gateway", &gateway, &answer[16..48])).unwrap();
        stream
    }

    /// Sends one request as a gateway with these headers. Returns the response's status and body.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        ask(self.connect(), method, path, headers, body).expect("the service believes the gateway")
    }

    /// Proves to the gateway that has connected to be the service.
    pub(crate) fn receive(&self, stream: &mut TcpStream) -> io::Result<()> {
        let (mut first, nonce, mut proof) = ([0; FIRST], [9; 32], [0; 32]);
        stream.read_exact(&mut first)?;
        let own = self.prove("service", &first[16..], &nonce);
        stream.write_all(&[&HELLO[..], &nonce, &own].concat())?;
        stream.read_exact(&mut proof)
    }
}

/// Connects, with a timeout for reads.
pub(crate) fn dial(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
    stream
}

/// Sends a gateway's first message and returns the service's response.
pub(crate) fn begin(stream: &mut TcpStream, nonce: &[u8; 32]) -> io::Result<[u8; ANSWER]> {
    stream.write_all(&[&HELLO[..], nonce].concat())?;
    let mut answer = [0; ANSWER];
    stream.read_exact(&mut answer).map(|()| answer)
}

/// Sends a request on a connection. Returns the response's status and body; `None` if there is none.
pub(crate) fn ask(
    mut stream: TcpStream,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<(u16, String)> {
    let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let headers = headers.concat();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: service\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    // A reset also ends the response.
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some((status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()))
}

/// Returns the edge token that a gateway gets for a name and a password.
pub(crate) fn edge_token(auth: &Terms, basic: &str) -> String {
    let (status, body) = auth.ask("POST", "/edge/token", &[("Authorization", basic)], "");
    assert_eq!(status, 200, "{body}");
    let given: Value = serde_json::from_str(&body).unwrap();
    given["token"].as_str().unwrap().to_owned()
}

/// Returns the terms of the service that has this client's address.
pub(crate) fn terms_of(world: &World, service: &'static str, client: &Client) -> Terms {
    Terms::of(world, service, client.address())
}
