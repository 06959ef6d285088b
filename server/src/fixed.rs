//! Fixed paths that also match a path with a variable, such as `/posts/new` and `/posts/<user>`. Such a word is never
//! a user name. A method that the fixed path does not support is therefore refused, and not passed on to the other
//! path.

use rocket::http::Status;
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request, Route};

/// Returns whether a mounted path, which may have variables, matches the path of a request.
pub(crate) fn stands_for(mounted: &str, path: &str) -> bool {
    fn segments(path: &str) -> impl Iterator<Item = &str> {
        path.split('/').filter(|segment| !segment.is_empty())
    }
    segments(mounted).count() == segments(path).count()
        && segments(mounted).zip(segments(path)).all(|(wanted, segment)| wanted.starts_with('<') || wanted == segment)
}

/// Returns whether a mounted path has no variables.
pub(crate) fn is_fixed(mounted: &str) -> bool {
    !mounted.contains('<')
}

/// Returns routes that refuse, on fixed paths, the methods that only a matching path with variables supports.
pub(crate) fn refusals(routes: &[Route]) -> Vec<Route> {
    let (fixed, variable): (Vec<_>, Vec<_>) = routes.iter().partition(|route| is_fixed(route.uri.path()));
    let mut refusals: Vec<Route> = Vec::new();
    for path in fixed.iter().map(|route| route.uri.path()) {
        for method in variable.iter().filter(|route| stands_for(route.uri.path(), path)).map(|route| route.method) {
            let mut known = fixed.iter().copied().chain(&refusals);
            if !known.any(|route| route.uri.path() == path && route.method == method) {
                refusals.push(Route::new(method, path, Refusal));
            }
        }
    }
    refusals
}

#[derive(Clone)]
struct Refusal;

#[rocket::async_trait]
impl Handler for Refusal {
    async fn handle<'r>(&self, _: &'r Request<'_>, _: Data<'r>) -> Outcome<'r> {
        Outcome::error(Status::MethodNotAllowed)
    }
}
