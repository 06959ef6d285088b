//! Responses to errors that no handler returns: refused guards, unknown paths, panics.

use rocket::http::{Method, Status};
use rocket::response::{self, Responder};
use rocket::{Catcher, Orbit, Request, Rocket, catch, catchers};

use crate::problem::Problem;
use crate::{fixed, observe};

/// Returns the only catcher.
pub(crate) fn all() -> Vec<Catcher> {
    catchers![caught]
}

/// Stores a guard's problem for the catcher, to which Rocket passes only the status.
pub(crate) fn remember(request: &Request<'_>, problem: Problem) -> (Status, ()) {
    let status = problem.status();
    request.local_cache(|| Some(problem));
    (status, ())
}

/// A problem whose response also ends a request that could not be read.
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
    let (path, method) = (request.uri().path().as_str(), request.method().as_str());
    if !observe::was_read(request) || !matches!(status.code, 404 | 405) {
        return Problem::of_status(status);
    }
    let allowed = request.rocket().state::<Routes>().map(|routes| routes.methods(path)).unwrap_or_default();
    if allowed.is_empty() || allowed.contains(&method) {
        return Problem::of_status(status);
    }
    Problem::method(&allowed.join(", "))
}

/// Returns the problem for a method that Rocket does not know.
pub(crate) fn unknown_method(rocket: &Rocket<Orbit>, path: &str) -> Problem {
    let allowed = rocket.state::<Routes>().map(|routes| routes.methods(path)).unwrap_or_default();
    if allowed.is_empty() { Problem::of_status(Status::NotFound) } else { Problem::method(&allowed.join(", ")) }
}

/// The methods and paths of all routes, including those that another process serves.
pub(crate) struct Routes(pub(crate) Vec<(Method, String)>);

impl Routes {
    /// Returns the methods that a path supports, because Rocket returns 404 where RFC 9110 requires 405.
    fn methods(&self, path: &str) -> Vec<&'static str> {
        let mut routes: Vec<_> = self.0.iter().filter(|(_, mounted)| fixed::stands_for(mounted, path)).collect();
        if routes.iter().any(|(_, mounted)| fixed::is_fixed(mounted)) {
            routes.retain(|(_, mounted)| fixed::is_fixed(mounted));
        }
        let mut methods: Vec<Method> = routes.iter().map(|(method, _)| *method).collect();
        if methods.contains(&Method::Get) {
            methods.push(Method::Head);
        }
        let mut names: Vec<_> = methods.into_iter().map(Method::as_str).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
