//! Errors that no handler answers: refused guards, unknown paths, panics.

use rocket::http::{Method, Status};
use rocket::response::{self, Responder};
use rocket::{Catcher, Request, catch, catchers};

use crate::problem::Problem;
use crate::{fixed, observe};

/// The one catcher.
pub(crate) fn all() -> Vec<Catcher> {
    catchers![caught]
}

/// Lets a guard say more than a status.
pub(crate) fn remember(request: &Request<'_>, problem: Problem) -> (Status, ()) {
    let status = problem.status();
    request.local_cache(|| Some(problem));
    (status, ())
}

/// A problem, and the end of a request that could not be read.
struct Caught(Problem);

impl<'r> Responder<'r, 'static> for Caught {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let mut response = self.0.respond_to(request)?;
        observe::end_unread(request, &mut response);
        Ok(response)
    }
}

#[catch(default)]
fn caught(status: Status, request: &Request<'_>) -> Caught {
    Caught(request.local_cache(|| None::<Problem>).clone().unwrap_or_else(|| problem(status, request)))
}

fn problem(status: Status, request: &Request<'_>) -> Problem {
    // What Rocket cannot read is a method that it does not know, which it takes for GET.
    let method = Some(request.method().as_str()).filter(|_| observe::was_read(request));
    let is_about_method = method.is_none() || matches!(status.code, 404 | 405);
    let allowed = allowed(request);
    if is_about_method && !allowed.is_empty() && !method.is_some_and(|method| allowed.contains(&method)) {
        return Problem::method(&allowed.join(", "));
    }
    Problem::of_status(if method.is_none() { Status::NotFound } else { status })
}

/// The methods for which the path of a request is there. Rocket answers 404 where RFC 9110 wants 405.
fn allowed(request: &Request<'_>) -> Vec<&'static str> {
    let path = request.uri().path().as_str();
    let mut routes: Vec<_> =
        request.rocket().routes().filter(|route| fixed::stands_for(route.uri.path(), path)).collect();
    if routes.iter().any(|route| fixed::is_fixed(route.uri.path())) {
        routes.retain(|route| fixed::is_fixed(route.uri.path()) && !fixed::refuses(route));
    }
    let mut methods: Vec<Method> = routes.iter().map(|route| route.method).collect();
    if methods.contains(&Method::Get) {
        methods.push(Method::Head);
    }
    let mut names: Vec<_> = methods.into_iter().map(Method::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names
}
