//! Errors that no handler answers: refused guards, unknown paths, panics.

use rocket::http::{Method, Status};
use rocket::{Catcher, Request, catch, catchers};

use crate::problem::Problem;

/// The one catcher.
pub(crate) fn all() -> Vec<Catcher> {
    catchers![problem]
}

/// Lets a guard say more than a status.
pub(crate) fn remember(request: &Request<'_>, problem: Problem) -> (Status, ()) {
    let status = problem.status();
    request.local_cache(|| Some(problem));
    (status, ())
}

#[catch(default)]
fn problem(status: Status, request: &Request<'_>) -> Problem {
    if let Some(problem) = request.local_cache(|| None::<Problem>) {
        return problem.clone();
    }
    let allowed = allowed(request);
    if status == Status::NotFound && !allowed.is_empty() && !allowed.contains(&request.method().as_str()) {
        return Problem::method(&allowed.join(", "));
    }
    Problem::of_status(status)
}

/// The methods for which the path of a request is there. Rocket answers 404 where RFC 9110 wants 405.
fn allowed(request: &Request<'_>) -> Vec<&'static str> {
    let segments: Vec<_> = request.uri().path().raw_segments().filter(|segment| !segment.is_empty()).collect();
    let routes = request.rocket().routes().filter(|route| {
        let wanted: Vec<_> = route.uri.path().split('/').filter(|segment| !segment.is_empty()).collect();
        wanted.len() == segments.len()
            && wanted.iter().zip(&segments).all(|(wanted, segment)| wanted.starts_with('<') || *segment == *wanted)
    });
    let mut methods: Vec<Method> = routes.map(|route| route.method).collect();
    if methods.contains(&Method::Get) {
        methods.push(Method::Head);
    }
    let mut names: Vec<_> = methods.into_iter().map(Method::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names
}
