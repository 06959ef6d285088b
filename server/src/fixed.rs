//! Paths of fixed words, where a path with a variable could be meant as well: `/posts/new` beside `/posts/<user>`. Nobody
//! has such a word for a name: a method that the fixed path does not take is refused, and does not get to the other one.

use rocket::http::Status;
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request, Route};

/// Whether a path with variables, as it is mounted, stands for this one.
pub(crate) fn stands_for(mounted: &str, path: &str) -> bool {
    fn segments(path: &str) -> impl Iterator<Item = &str> {
        path.split('/').filter(|segment| !segment.is_empty())
    }
    segments(mounted).count() == segments(path).count()
        && segments(mounted).zip(segments(path)).all(|(wanted, segment)| wanted.starts_with('<') || wanted == segment)
}

/// Whether a path has no variable.
pub(crate) fn is_fixed(mounted: &str) -> bool {
    !mounted.contains('<')
}

/// Routes that refuse what those with variables would take besides.
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
