//! Where a request comes from, and under which name it goes on: found out once, at the edge, from what can be believed.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use twclone_domain::{Error, Randomness};

use super::secret::Secret;

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";
const REQUEST_ID: &str = "x-request-id";

/// What is known of a request before it is looked at.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// Names it in the log, in every process that it passes.
    pub(crate) id: String,
    /// Who asks.
    pub(crate) client: IpAddr,
    /// Whether the client came over TLS.
    pub(crate) secure: bool,
    /// When it was here.
    pub(crate) at: Instant,
    /// Whether a gateway of this installation sent it.
    pub(crate) by_gateway: bool,
}

/// Whom to believe what they say of a request's way here.
#[derive(Debug)]
pub(crate) struct Arrivals {
    proxies: Vec<IpAddr>,
    secret: Option<Secret>,
    first: u64,
    count: AtomicU64,
}

impl Arrivals {
    /// Believes proxies at these addresses, and a gateway that knows the secret.
    pub(crate) fn new(proxies: &[IpAddr], secret: Option<Secret>, randomness: &Randomness) -> Result<Self, Error> {
        let first = randomness.bytes().map(u64::from_be_bytes)?;
        let proxies = proxies.iter().map(IpAddr::to_canonical).collect();
        Ok(Self { proxies, secret, first, count: AtomicU64::new(0) })
    }

    /// A request that came from this peer. Takes away from it what only those say who are believed, and whatever a
    /// service could take for an identity.
    pub(super) fn of(&self, peer: IpAddr, tls: bool, headers: &mut HeaderMap) -> Arrival {
        let peer = peer.to_canonical();
        let arrival = if self.secret.as_ref().is_some_and(|secret| secret.is_in(headers)) {
            let said = |name| headers.get(name).and_then(|value| value.to_str().ok());
            let client = said(FORWARDED_FOR).and_then(|address| address.parse().ok()).unwrap_or(peer);
            let id = said(REQUEST_ID).map_or_else(|| self.fresh_id(), str::to_owned);
            let secure = said(FORWARDED_PROTO) == Some("https");
            Arrival { id, client, secure, at: Instant::now(), by_gateway: true }
        } else if self.proxies.contains(&peer) {
            let secure = headers.get(FORWARDED_PROTO).is_some_and(|scheme| scheme == "https");
            let client = self.client(peer, headers);
            Arrival { id: self.fresh_id(), client, secure, at: Instant::now(), by_gateway: false }
        } else {
            Arrival { id: self.fresh_id(), client: peer, secure: tls, at: Instant::now(), by_gateway: false }
        };
        cleanse(headers);
        arrival
    }

    /// The last address that is none of the proxies'. Those before it anyone could write.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let said = headers.get_all(FORWARDED_FOR).into_iter().filter_map(|header| header.to_str().ok());
        let said: Vec<_> = said.flat_map(|header| header.split(',')).collect();
        let mut client = peer;
        for address in said.iter().rev() {
            let Ok(address) = address.trim().parse::<IpAddr>() else { break };
            client = address.to_canonical();
            if !self.proxies.contains(&client) {
                break;
            }
        }
        client
    }

    /// Different for each request of this process, and for all that anyone could guess.
    fn fresh_id(&self) -> String {
        // An odd factor: no two counts give the same.
        let count = self.count.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{:016x}", self.first.wrapping_add(count))
    }
}

impl Arrival {
    /// Says to a service what was found out.
    pub(super) fn tell(&self, secret: &Secret, headers: &mut HeaderMap) {
        let mut say = |name, text: &str| {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        say(FORWARDED_FOR, &self.client.to_string());
        say(FORWARDED_PROTO, if self.secure { "https" } else { "http" });
        say(REQUEST_ID, &self.id);
        secret.put_into(headers);
    }
}

/// What is said of one connection alone (RFC 9110, section 7.6.1), of the way, or of who somebody is.
fn cleanse(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all("connection")
        .into_iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(','))
        .filter_map(|name| name.trim().parse().ok())
        // Who would have these taken away wants something else than to close his connection.
        .filter(|name: &HeaderName| !KEPT.contains(&name.as_str()))
        .collect();
    let mut gone: Vec<HeaderName> = headers.keys().filter(|name| is_of_the_way(name.as_str())).cloned().collect();
    gone.extend(named);
    for name in gone {
        headers.remove(name);
    }
}

const KEPT: &[&str] = &["authorization", "content-length", "content-type", "cookie", "host", "idempotency-key"];

fn is_of_the_way(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "connection",
        "forwarded",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "remote-user",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "x-authenticated-user",
        "x-client-ip",
        "x-real-ip",
        "x-remote-user",
        "x-request-id",
        "x-user",
        "x-user-id",
    ];
    const BEGINNINGS: &[&str] = &["x-forwarded-", "x-twclone-", "x-auth-"];
    NAMES.contains(&name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}
