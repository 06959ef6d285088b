//! Basic authentication behind the gateway. The auth service exchanges the credentials once for a short-lived token
//! that the other services verify themselves.

use std::time::{Duration, Instant};

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderValue};
use hyper::http::request::Parts;
use quick_cache::sync::Cache;
use ring::hmac;
use serde::Deserialize;
use twclone_domain::accounts::Flights;
use twclone_domain::{Error, Randomness};

use super::answers::Answer;
use crate::problem::Problem;

/// The path where the auth service issues tokens to gateways.
pub(crate) const PATH: &str = "/edge/token";
/// Maximum number of cached tokens.
const MOST: usize = 10_000;
/// A cached token is not used if it expires within this many seconds, or up to twice as many, so that not all are
/// renewed at once.
const SPARE: u64 = 60;

/// The auth service's response.
#[derive(Deserialize)]
struct Given {
    token: String,
    expires_in: u64,
}

/// A token in place of a name and a password.
#[derive(Debug, Clone)]
struct Token {
    header: HeaderValue,
    until: Instant,
}

/// A cache of tokens. Its keys are keyed hashes of the credentials, so that no credentials are stored. Failures are
/// not cached.
pub(crate) struct Exchange {
    key: hmac::Key,
    tokens: Cache<[u8; 32], Token>,
    /// Requests for tokens. `None` if one failed.
    flights: Flights<Option<Token>>,
}

/// Where a token comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Remembered,
    Fresh,
}

impl Exchange {
    pub(crate) fn new(randomness: &Randomness) -> Result<Self, Error> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &randomness.bytes::<32>()?);
        Ok(Self { key, tokens: Cache::new(MOST), flights: Flights::default() })
    }

    /// Returns the Basic credentials of a request, if it has exactly one `Authorization` header and that is Basic.
    pub(super) fn basic(request: &Parts) -> Option<HeaderValue> {
        let mut headers = request.headers.get_all(AUTHORIZATION).iter();
        let header = headers.next().filter(|_| headers.next().is_none())?;
        let is_basic = header.as_bytes().get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic "));
        is_basic.then(|| header.clone())
    }

    /// Returns the token for these credentials, as the value of a header. Concurrent calls for the same credentials
    /// share one request. If that yields no token, each other caller sends its own, concurrently, because a response
    /// for one request must not answer another.
    ///
    /// The inner error is the auth service's own response, if it issues no token.
    ///
    /// # Errors
    /// The problem of `ask`, or an internal error if the auth service's response holds no token.
    pub(super) async fn token<Asked: Future<Output = Result<Answer, Problem>>>(
        &self,
        basic: &HeaderValue,
        ask: impl Fn() -> Asked,
    ) -> Result<Result<(HeaderValue, Source), Answer>, Problem> {
        let name = self.name(basic);
        if let Some(token) = self.tokens.get(&name).filter(|token| Instant::now() < token.until) {
            return Ok(Ok((token.header, Source::Remembered)));
        }
        let (flight, mut own) = (self.flights.join(name), None);
        let asking = async {
            match self.take(name, ask().await).await {
                Ok(Ok(token)) => Some(token),
                refused => {
                    own = Some(refused);
                    None
                }
            }
        };
        let shared = flight.get_or_init(|| asking).await.clone();
        let answer = match (shared, own) {
            (Some(token), _) => Ok(Ok(token)),
            (None, Some(own)) => own,
            (None, None) => self.take(name, ask().await).await,
        };
        answer.map(|answer| answer.map(|token| (token.header, Source::Fresh)))
    }

    /// Reads the token from a response and caches it.
    async fn take(&self, name: [u8; 32], answer: Result<Answer, Problem>) -> Result<Result<Token, Answer>, Problem> {
        let answer = answer?;
        if answer.status() != StatusCode::OK {
            return Ok(Err(answer));
        }
        let given = read(answer).await.ok_or_else(|| Error::internal("the auth service returned no token"))?;
        let mut header =
            HeaderValue::from_str(&given.token).map_err(|_| Error::internal("the auth service returned no token"))?;
        header.set_sensitive(true);
        // The hash is random, so it spreads the times of expiry.
        let spare = SPARE + u64::from(name[0]) * SPARE / 256;
        let until = Instant::now() + Duration::from_secs(given.expires_in.saturating_sub(spare));
        let token = Token { header, until };
        self.tokens.insert(name, token.clone());
        Ok(Ok(token))
    }

    /// Removes the token for these credentials from the cache.
    pub(super) fn forget(&self, basic: &HeaderValue) {
        self.tokens.remove(&self.name(basic));
    }

    fn name(&self, basic: &HeaderValue) -> [u8; 32] {
        let mut name = [0; 32];
        name.copy_from_slice(hmac::sign(&self.key, basic.as_bytes()).as_ref());
        name
    }
}

async fn read(answer: Answer) -> Option<Given> {
    use http_body_util::BodyExt as _;
    serde_json::from_slice(&answer.into_body().collect().await.ok()?.to_bytes()).ok()
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Exchange")
    }
}
