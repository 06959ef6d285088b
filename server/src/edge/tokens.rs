//! The route by which gateways exchange a name and a password for a token at the auth service.

use std::convert::Infallible;

use rocket::http::Status;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest};
use rocket::{Request, Route, State, post, routes};
use serde_json::json;
use twclone_domain::Installation;

use crate::answer::{Answer, Answered};
use crate::guards::Authenticated;
use crate::observe;
use crate::problem::Problem;

/// Returns the routes that only gateways see.
pub(crate) fn routes() -> Vec<Route> {
    routes![token]
}

/// Whether a gateway of this installation sent the request.
struct ByGateway(bool);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for ByGateway {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Infallible> {
        Outcome::Success(Self(observe::context(request).by_gateway))
    }
}

#[post("/edge/token")]
async fn token(gateway: ByGateway, caller: Authenticated, installation: &State<Installation>) -> Answered {
    if !gateway.0 {
        return Err(Problem::of_status(Status::NotFound));
    }
    let token = installation.accounts.issue_edge_token(&caller.0).await?;
    Ok(Answer::ok(&json!({ "token": token.token, "expires_in": token.expires_in }))?.not_stored())
}
