//! Which service serves which route, when they run apart. One process for all of them serves the same routes.

use rocket::Route;
use rocket::http::Method;
use twclone_domain::registry::Service;

use crate::fixed;

/// The services by what their paths begin with; what comes first holds. Any other route every process has of its own.
const PATHS: &[(&str, Service)] = &[
    ("/login", Service::Auth),
    ("/register", Service::Auth),
    ("/auth", Service::Auth),
    ("/auth-api", Service::Auth),
    ("/.well-known", Service::Auth),
    ("/services", Service::Auth),
    ("/users/SignIn", Service::Auth),
    ("/users/SignUp", Service::Auth),
    ("/users/new", Service::Auth),
    ("/users/verify", Service::Auth),
    ("/sendmsg", Service::Messages),
    ("/replyto", Service::Messages),
    ("/listmsg", Service::Messages),
    ("/listreplies", Service::Messages),
    ("/products", Service::Messages),
    ("/product", Service::Messages),
    ("/addToCars", Service::Messages),
    ("/addToCar", Service::Messages),
    ("/postTweet", Service::Timeline),
    ("/homeTimeline", Service::Timeline),
    ("/userTimeline", Service::Timeline),
    ("/publicTimeline", Service::Timeline),
    ("/allposts", Service::Timeline),
    ("/posts", Service::Timeline),
    ("/posts-api", Service::Timeline),
    ("/repost", Service::Timeline),
    ("/timeline", Service::Timeline),
    ("/tweet", Service::Timeline),
    ("/tweets", Service::Timeline),
    ("/users-api/v1/users/<user>/posts", Service::Timeline),
    ("/follow", Service::Users),
    ("/followers", Service::Users),
    ("/unfollow", Service::Users),
    ("/user", Service::Users),
    ("/users", Service::Users),
    ("/users-api", Service::Users),
];

/// Whose a route is, by its path as it is mounted; `None` where every process has it.
fn owner(method: Method, mounted: &str) -> Option<Service> {
    // The posts of a user, in one of the dialects.
    if (method, mounted) == (Method::Get, "/users/<user>") {
        return Some(Service::Timeline);
    }
    let begins = |path: &str| mounted.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    PATHS.iter().find(|(path, _)| begins(path)).map(|(_, service)| *service)
}

/// Whether a process of this service has a route.
pub(crate) fn serves(service: Service, method: Method, mounted: &str) -> bool {
    service == Service::All || owner(method, mounted).is_none_or(|owner| owner == service)
}

/// The way from a request to its service.
#[derive(Debug)]
pub(crate) struct Ways(Vec<(Method, String, Service)>);

impl Ways {
    /// From all routes.
    pub(crate) fn new(routes: &[Route]) -> Self {
        let owned = routes.iter().filter_map(|route| {
            let (method, path) = (route.method, route.uri.path());
            Some((method, path.to_owned(), owner(method, path)?))
        });
        let mut ways: Vec<_> = owned.collect();
        // Fixed words win over variables, as in Rocket.
        ways.sort_by_key(|(_, path, _)| path.matches('<').count());
        Self(ways)
    }

    /// The service for a request; `None` where no service has such a route.
    pub(crate) fn find(&self, method: Method, path: &str) -> Option<Service> {
        let method = if method == Method::Head { Method::Get } else { method };
        let mut found = self.0.iter().filter(|(_, mounted, _)| fixed::stands_for(mounted, path)).peekable();
        let (_, first, _) = found.peek()?;
        // A word of a fixed path is no name: another method there is refused, not taken for one.
        let is_fixed = fixed::is_fixed(first);
        found
            .filter(|(_, mounted, _)| !is_fixed || fixed::is_fixed(mounted))
            .find(|(own, _, _)| *own == method)
            .map(|(_, _, service)| *service)
    }
}
