//! Basic authentication behind the gateway: the auth service is asked once, and gives a short-lived token that the
//! others verify by themselves.

use std::time::{Duration, Instant};

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderValue};
use hyper::http::request::Parts;
use quick_cache::sync::Cache;
use ring::hmac;
use serde::Deserialize;
use twclone_domain::{Error, Randomness};

use super::answers::Answer;
use crate::problem::Problem;

/// Where the auth service gives tokens to gateways.
pub(crate) const PATH: &str = "/edge/token";
/// How many tokens are remembered.
const MOST: usize = 10_000;
/// A token is not used when it holds for less than this, or for up to twice as long: they must not all run out at once.
const SPARE: u64 = 60;

/// What the auth service gives.
#[derive(Deserialize)]
struct Given {
    token: String,
    expires_in: u64,
}

/// A token that stands for a name and a password.
#[derive(Debug, Clone)]
struct Token {
    header: HeaderValue,
    until: Instant,
}

/// The tokens by what they stand for, of which no more is kept than a keyed hash. Only successes are: who fails is asked
/// about again.
pub(crate) struct Exchange {
    key: hmac::Key,
    tokens: Cache<[u8; 32], Token>,
}

/// How a token was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Remembered,
    Fresh,
}

impl Exchange {
    pub(crate) fn new(randomness: &Randomness) -> Result<Self, Error> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &randomness.bytes::<32>()?);
        Ok(Self { key, tokens: Cache::new(MOST) })
    }

    /// The Basic credentials of a request that has them, once.
    pub(super) fn basic(request: &Parts) -> Option<HeaderValue> {
        let mut headers = request.headers.get_all(AUTHORIZATION).iter();
        let header = headers.next().filter(|_| headers.next().is_none())?;
        let is_basic = header.as_bytes().get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic "));
        is_basic.then(|| header.clone())
    }

    /// The header with the token for these credentials. Those who ask for the same at the same time ask once.
    ///
    /// # Errors
    /// The auth service's own answer, where it gives none.
    pub(super) async fn token(
        &self,
        basic: &HeaderValue,
        ask: impl AsyncFnOnce() -> Result<Answer, Problem>,
    ) -> Result<Result<(HeaderValue, Source), Answer>, Problem> {
        let name = self.name(basic);
        if let Some(token) = self.tokens.get(&name) {
            if Instant::now() < token.until {
                return Ok(Ok((token.header, Source::Remembered)));
            }
            self.tokens.remove(&name);
        }
        let place = match self.tokens.get_value_or_guard_async(&name).await {
            Ok(token) => return Ok(Ok((token.header, Source::Fresh))),
            Err(place) => place,
        };
        let answer = ask().await?;
        if answer.status() != StatusCode::OK {
            return Ok(Err(answer));
        }
        let given = read(answer).await.ok_or_else(|| Error::internal("the auth service gave no token"))?;
        let mut header = HeaderValue::from_str(&format!("Bearer {}", given.token))
            .map_err(|_| Error::internal("the auth service gave no token"))?;
        header.set_sensitive(true);
        // Spread by what is random anyway.
        let spare = SPARE + u64::from(name[0]) * SPARE / 256;
        let until = Instant::now() + Duration::from_secs(given.expires_in.saturating_sub(spare));
        // Whoever waited may have it even where there is no room to keep it.
        let _ = place.insert(Token { header: header.clone(), until });
        Ok(Ok((header, Source::Fresh)))
    }

    /// The token for these credentials counts no more.
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
