use rocket::Request;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest};
use twclone_domain::{Error, Fields, Fingerprint, IdempotencyKey, IdempotentRequest};
use utoipa::IntoParams;

use crate::catchers;
use crate::problem::Problem;

/// The `Idempotency-Key` of a request, if it has one, and the path of the request. A gateway retries requests with a key
/// on the routes with this guard.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct Idempotency {
    /// Makes retries safe: for 24 hours, a request with the same key takes effect only once
    #[param(rename = "Idempotency-Key", value_type = Option<String>)]
    key: Option<IdempotencyKey>,
    #[param(ignore)]
    path: String,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Idempotency {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let path = request.uri().path().to_string();
        let mut headers = request.headers().get(Self::HEADER);
        let problem = match (headers.next(), headers.next()) {
            (None, _) => return Outcome::Success(Self { key: None, path }),
            (Some(_), Some(_)) => Problem::unreadable("the header Idempotency-Key appears more than once"),
            (Some(key), None) => match key.parse() {
                Ok(key) => return Outcome::Success(Self { key: Some(key), path }),
                Err(fault) => Error::invalid(Self::HEADER, fault).into(),
            },
        };
        Outcome::Error(catchers::remember(request, problem))
    }
}

impl Idempotency {
    /// The name of the header.
    pub(crate) const HEADER: &str = "Idempotency-Key";

    /// Returns the key, if there is one, with a fingerprint of the request. It covers the path and all fields except
    /// `password`. Requests that take a key have no other secret, and unknown fields are refused.
    pub(crate) fn once(self, fields: &Fields) -> Option<IdempotentRequest> {
        let key = self.key?;
        let mut parts = vec![self.path.into_bytes()];
        for (name, value) in fields.iter().filter(|(name, _)| *name != "password") {
            parts.push(name.as_bytes().to_vec());
            parts.push(value.to_string().into_bytes());
        }
        Some(IdempotentRequest { key, request: Fingerprint::of(parts.iter().map(Vec::as_slice)) })
    }
}
