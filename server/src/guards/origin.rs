use std::convert::Infallible;
use std::net::IpAddr;

use rocket::Request;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest};
use twclone_domain::accounts::Origin;

use crate::observe;

/// The proxies in front of the service that are believed when they say for whom they ask.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<IpAddr>);

impl Proxies {
    /// Believes these addresses, and no other.
    #[must_use]
    pub fn new(addresses: &[IpAddr]) -> Self {
        Self(addresses.iter().map(IpAddr::to_canonical).collect())
    }

    /// Whether what the request says of its own way here is believed.
    pub(super) fn sent(&self, request: &Request<'_>) -> bool {
        request.client_ip().is_some_and(|address| self.0.contains(&address.to_canonical()))
    }

    /// The client's address: the last one in `X-Forwarded-For` that is none of the proxies'. Those before it anyone
    /// could write.
    fn client(&self, request: &Request<'_>) -> Option<IpAddr> {
        let peer = request.client_ip()?.to_canonical();
        if !self.sent(request) {
            return Some(peer);
        }
        let said: Vec<_> = request.headers().get("X-Forwarded-For").flat_map(|header| header.split(',')).collect();
        let mut client = peer;
        for address in said.iter().rev() {
            let Ok(address) = address.trim().parse::<IpAddr>() else { break };
            client = address.to_canonical();
            if !self.0.contains(&client) {
                break;
            }
        }
        Some(client)
    }
}

/// Whether the client reached the service, or a proxy in front of it that is believed, over TLS.
pub(crate) fn is_secure(request: &Request<'_>) -> bool {
    let believed = request.rocket().state::<Proxies>().is_some_and(|proxies| proxies.sent(request));
    believed && request.headers().get_one("X-Forwarded-Proto") == Some("https")
}

/// Where a request comes from.
pub(crate) struct RequestOrigin(pub(crate) Origin);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for RequestOrigin {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Infallible> {
        Outcome::Success(Self(origin(request)))
    }
}

pub(super) fn origin(request: &Request<'_>) -> Origin {
    let address = match request.rocket().state::<Proxies>() {
        Some(proxies) => proxies.client(request),
        None => request.client_ip(),
    };
    Origin {
        request_id: observe::request_id(request).to_owned(),
        address,
        user_agent: request.headers().get_one("User-Agent").map(str::to_owned),
    }
}
