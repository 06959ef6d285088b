use rocket::Request;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest};

use crate::catchers;
use crate::problem::Problem;

/// Proof that a request has an `Accept` header, which one dialect requires.
pub(crate) struct Accepting;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Accepting {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        if request.headers().contains("Accept") {
            Outcome::Success(Self)
        } else {
            Outcome::Error(catchers::remember(request, Problem::no_accept()))
        }
    }
}
