//! Which service serves which route, when they run apart. One process for all of them serves the same routes.

use rocket::Route;
use rocket::http::Method;
use twclone_domain::registry::Service;

use crate::fixed;

/// The services by what their paths begin with; what comes first holds. `None` of what every process has of its own.
const PATHS: &[(&str, Option<Service>)] = &[
    ("/healthz", None),
    ("/readyz", None),
    ("/metrics", None),
    ("/docs", None),
    ("/openapi.json", None),
    ("/login", Some(Service::Auth)),
    ("/register", Some(Service::Auth)),
    ("/auth", Some(Service::Auth)),
    ("/auth-api", Some(Service::Auth)),
    ("/edge", Some(Service::Auth)),
    ("/.well-known", Some(Service::Auth)),
    ("/services", Some(Service::Auth)),
    ("/users/SignIn", Some(Service::Auth)),
    ("/users/SignUp", Some(Service::Auth)),
    ("/users/new", Some(Service::Auth)),
    ("/users/verify", Some(Service::Auth)),
    ("/sendmsg", Some(Service::Messages)),
    ("/replyto", Some(Service::Messages)),
    ("/listmsg", Some(Service::Messages)),
    ("/listreplies", Some(Service::Messages)),
    ("/products", Some(Service::Messages)),
    ("/product", Some(Service::Messages)),
    ("/addToCars", Some(Service::Messages)),
    ("/addToCar", Some(Service::Messages)),
    ("/postTweet", Some(Service::Timeline)),
    ("/homeTimeline", Some(Service::Timeline)),
    ("/userTimeline", Some(Service::Timeline)),
    ("/publicTimeline", Some(Service::Timeline)),
    ("/allposts", Some(Service::Timeline)),
    ("/posts", Some(Service::Timeline)),
    ("/posts-api", Some(Service::Timeline)),
    ("/repost", Some(Service::Timeline)),
    ("/timeline", Some(Service::Timeline)),
    ("/tweet", Some(Service::Timeline)),
    ("/tweets", Some(Service::Timeline)),
    ("/users-api/v1/users/<user>/posts", Some(Service::Timeline)),
    ("/follow", Some(Service::Users)),
    ("/followers", Some(Service::Users)),
    ("/unfollow", Some(Service::Users)),
    ("/user", Some(Service::Users)),
    ("/users", Some(Service::Users)),
    ("/users-api", Some(Service::Users)),
];

/// What a route belongs to, by its path as it is mounted.
pub(crate) enum Belongs {
    /// To this service.
    To(Service),
    /// To every process.
    ToEach,
}

/// To whom a route belongs; `None` for a path that nobody thought of.
pub(crate) fn owner(method: Method, mounted: &str) -> Option<Belongs> {
    // The posts of a user, in one of the dialects.
    if (method, mounted) == (Method::Get, "/users/<user>") {
        return Some(Belongs::To(Service::Timeline));
    }
    let begins = |path: &str| mounted.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let (_, service) = PATHS.iter().find(|(path, _)| begins(path))?;
    Some(service.map_or(Belongs::ToEach, Belongs::To))
}

/// Whether a process of this service has a route.
pub(crate) fn serves(service: Service, method: Method, mounted: &str) -> bool {
    match owner(method, mounted) {
        Some(Belongs::To(owner)) => service == Service::All || service == owner,
        Some(Belongs::ToEach) | None => true,
    }
}

/// The way from a request to its service.
#[derive(Debug)]
pub(crate) struct Ways(Vec<(Method, String, Service)>);

impl Ways {
    /// From all routes.
    pub(crate) fn new(routes: &[Route]) -> Self {
        let owned = routes.iter().filter_map(|route| match owner(route.method, route.uri.path()) {
            Some(Belongs::To(service)) => Some((route.method, route.uri.path().to_owned(), service)),
            Some(Belongs::ToEach) | None => None,
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
