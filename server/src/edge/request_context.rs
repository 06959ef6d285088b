//! Where a request comes from, and its id. The edge determines this once, from sources that it trusts.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use twclone_domain::{Error, Randomness};

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";
const REQUEST_ID: &str = "x-request-id";
const MAY_READ: &str = "x-twclone-may-read";
/// Holds the edge token that a gateway sends in place of a name and a password.
const CALLER: &str = "x-twclone-caller";

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer {
    pub(super) address: IpAddr,
    /// Whether the connection uses TLS.
    pub(super) tls: bool,
    /// Whether it has proved to be a gateway of this installation.
    pub(super) by_gateway: bool,
}

/// An edge token. `Debug` does not show it.
#[derive(Clone)]
pub(crate) struct EdgeToken(String);

impl EdgeToken {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for EdgeToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("EdgeToken")
    }
}

/// What is known of a request before it is handled.
#[derive(Debug, Clone)]
pub(crate) struct RequestContext {
    /// Identifies the request in the logs of every process that it passes.
    pub(crate) id: String,
    /// The client's address.
    pub(crate) client: IpAddr,
    /// Whether the client uses TLS.
    pub(crate) secure: bool,
    /// When the request arrived, not counting the delay of a busy subnet.
    pub(crate) at: Instant,
    /// Whether a gateway of this installation sent it.
    pub(crate) by_gateway: bool,
    /// Proves the caller, if the gateway has exchanged Basic credentials.
    pub(crate) caller: Option<EdgeToken>,
    /// Whether the page that sent it may read the response, even a page of another site.
    pub(crate) may_read: bool,
}

/// The proxies whose forwarding headers are trusted.
#[derive(Debug)]
pub(crate) struct TrustedProxies {
    proxies: Vec<IpAddr>,
    first: u64,
    count: AtomicU64,
}

impl TrustedProxies {
    /// Trusts proxies at these addresses, and gateways.
    pub(crate) fn new(proxies: &[IpAddr], randomness: &Randomness) -> Result<Self, Error> {
        let first = randomness.bytes().map(u64::from_be_bytes)?;
        let proxies = proxies.iter().map(IpAddr::to_canonical).collect();
        Ok(Self { proxies, first, count: AtomicU64::new(0) })
    }

    /// Returns whether this peer is a proxy, which serves many clients.
    pub(super) fn is_proxy(&self, peer: IpAddr) -> bool {
        self.proxies.contains(&peer.to_canonical())
    }

    /// Returns the context of a request from this peer. `may_read` says whether its page may read the response. Of a
    /// request from a gateway, the headers say so instead. Strips the headers that only trusted peers may set, and
    /// everything that a service could take for an identity.
    pub(super) fn of(&self, peer: Peer, may_read: bool, headers: &mut HeaderMap) -> RequestContext {
        let Peer { address, tls, by_gateway } = peer;
        let (address, at) = (address.to_canonical(), Instant::now());
        let context = if by_gateway {
            let said = |name| headers.get(name).and_then(|value| value.to_str().ok());
            let client = said(FORWARDED_FOR).and_then(|address| address.parse().ok()).unwrap_or(address);
            let id = said(REQUEST_ID).map_or_else(|| self.fresh_id(), str::to_owned);
            let secure = said(FORWARDED_PROTO) == Some("https");
            let caller = said(CALLER).map(|token| EdgeToken(token.to_owned()));
            let may_read = said(MAY_READ).is_some();
            RequestContext { id, client, secure, at, by_gateway, caller, may_read }
        } else {
            let (client, secure) = if self.is_proxy(address) {
                (self.client(address, headers), is_https(headers))
            } else {
                (address, tls)
            };
            RequestContext { id: self.fresh_id(), client, secure, at, by_gateway, caller: None, may_read }
        };
        cleanse(headers);
        context
    }

    /// Returns the last address that is not a proxy's. Anyone could have written those before it.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let said = listed(headers, FORWARDED_FOR);
        let mut client = peer;
        for address in said.iter().rev() {
            let Some(address) = address_in(address) else { break };
            client = address.to_canonical();
            if !self.proxies.contains(&client) {
                break;
            }
        }
        client
    }

    /// Returns an id that is unique within this process. The random start makes collisions with other processes
    /// unlikely.
    fn fresh_id(&self) -> String {
        // The factor is odd, so no two counts yield the same id.
        let count = self.count.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{:016x}", self.first.wrapping_add(count))
    }
}

impl RequestContext {
    /// Sets the headers that pass the context to a service.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        let mut say = |name, text: &str| {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        say(FORWARDED_FOR, &self.client.to_string());
        say(FORWARDED_PROTO, if self.secure { "https" } else { "http" });
        say(REQUEST_ID, &self.id);
        if self.may_read {
            say(MAY_READ, "1");
        }
    }
}

/// Replaces the client's credentials with a token that tells a service who the caller is.
pub(super) fn tell_caller(token: HeaderValue, headers: &mut HeaderMap) {
    headers.remove(AUTHORIZATION);
    headers.insert(HeaderName::from_static(CALLER), token);
}

/// Returns whether the client uses TLS, as the proxies report: the first entry is of the proxy that the client
/// reached.
fn is_https(headers: &HeaderMap) -> bool {
    let schemes = listed(headers, FORWARDED_PROTO);
    schemes.first().is_some_and(|scheme| unquoted(scheme).eq_ignore_ascii_case("https"))
}

/// Returns the members of a list in all headers of a name, without empty ones (RFC 9110, section 5.6.1). Invalid
/// UTF-8 is replaced, so that the other members keep their positions.
fn listed(headers: &HeaderMap, name: &str) -> Vec<String> {
    let mut members = Vec::new();
    for header in headers.get_all(name) {
        let text = String::from_utf8_lossy(header.as_bytes());
        members.extend(text.split(',').map(str::trim).filter(|member| !member.is_empty()).map(str::to_owned));
    }
    members
}

/// Parses an address as proxies write it: alone or with a port. IPv6 addresses may be in brackets, and all may be in
/// quotes.
fn address_in(text: &str) -> Option<IpAddr> {
    let text = unquoted(text);
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(bracketed).or_else(with_port)
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).trim()
}

/// Removes the headers about one connection (RFC 9110, section 7.6.1), about the route, and about identities.
fn cleanse(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all("connection")
        .into_iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(','))
        .filter_map(|name| name.trim().parse().ok())
        // A request that lists one of these does not mean the connection.
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
