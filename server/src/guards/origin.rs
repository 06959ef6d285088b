use std::convert::Infallible;

use rocket::Request;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest};
use twclone_domain::accounts::Origin;

use crate::observe;

/// The origin of a request: its id, client address and user agent.
pub(crate) struct RequestOrigin(pub(crate) Origin);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for RequestOrigin {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Infallible> {
        Outcome::Success(Self(origin(request)))
    }
}

pub(super) fn origin(request: &Request<'_>) -> Origin {
    let context = observe::context(request);
    Origin {
        request_id: context.id.clone(),
        address: Some(context.client),
        user_agent: request.headers().get_one("User-Agent").map(str::to_owned),
    }
}
