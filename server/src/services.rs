//! Maps routes to services, for services that run as separate processes. A process that runs all of them serves the
//! same routes.

use rocket::Route;
use rocket::http::Method;
use serde_json::Value;
use twclone_domain::registry::Service;

use crate::{fixed, openapi};

/// The path prefixes of each service; the first match wins. Every process serves the remaining routes itself.
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
    ("/users/<user>/audit", Service::Auth),
    ("/users/<user>/delegates", Service::Auth),
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

/// Further routes of the auth service, which only the owner of an account or an administrator may use. A gateway
/// passes passwords to the auth service alone. The edge token that other services get does not suffice for these
/// routes.
const OWNERS: &[(Method, &str)] = &[
    (Method::Put, "/user"),
    (Method::Patch, "/user"),
    (Method::Delete, "/user"),
    (Method::Put, "/users/<user>"),
    (Method::Put, "/product/<id>"),
];

/// Returns the service that owns a route, by its mounted path; `None` if every process serves it.
fn owner(method: Method, mounted: &str) -> Option<Service> {
    if OWNERS.contains(&(method, mounted)) {
        return Some(Service::Auth);
    }
    // In the dialect `microblog`, this lists the posts of a user.
    if (method, mounted) == (Method::Get, "/users/<user>") {
        return Some(Service::Timeline);
    }
    let begins = |path: &str| mounted.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    PATHS.iter().find(|(path, _)| begins(path)).map(|(_, service)| *service)
}

/// Returns whether a process of this service serves a route.
pub(crate) fn serves(service: Service, method: Method, mounted: &str) -> bool {
    service == Service::All || owner(method, mounted).is_none_or(|owner| owner == service)
}

/// A route, and the service to which a gateway forwards its requests.
#[derive(Debug)]
pub(crate) struct RouteTarget {
    method: Method,
    mounted: String,
    pub(crate) service: Service,
    /// Whether the route supports an `Idempotency-Key`, which makes retries safe.
    pub(crate) takes_key: bool,
}

/// The routing table of a gateway.
#[derive(Debug)]
pub(crate) struct Routing(Vec<RouteTarget>);

impl Routing {
    /// Builds the table from all routes and their OpenAPI descriptions.
    pub(crate) fn new(routes: &[Route]) -> Self {
        let described: Value = serde_json::from_str(openapi::document()).unwrap_or_default();
        let owned = routes.iter().filter_map(|route| {
            let (method, mounted) = (route.method, route.uri.path().to_owned());
            let service = owner(method, &mounted)?;
            let takes_key = takes_key(&described, method, &mounted);
            Some(RouteTarget { method, mounted, service, takes_key })
        });
        let mut routing: Vec<_> = owned.collect();
        // Fixed segments take precedence over variables, as in Rocket.
        routing.sort_by_key(|target| target.mounted.matches('<').count());
        Self(routing)
    }

    /// Returns the target of a request; `None` if no service has such a route.
    pub(crate) fn find(&self, method: Method, path: &str) -> Option<&RouteTarget> {
        let method = if method == Method::Head { Method::Get } else { method };
        let mut found = self.0.iter().filter(|target| fixed::stands_for(&target.mounted, path)).peekable();
        // A word of a fixed path is never a user name: other methods on that path do not match a path with a
        // variable.
        let is_fixed = fixed::is_fixed(&found.peek()?.mounted);
        found.filter(|target| !is_fixed || fixed::is_fixed(&target.mounted)).find(|target| target.method == method)
    }
}

fn takes_key(described: &Value, method: Method, mounted: &str) -> bool {
    let (path, method) = (mounted.replace('<', "{").replace('>', "}"), method.as_str().to_ascii_lowercase());
    let parameters = described["paths"][path][method]["parameters"].as_array();
    parameters.into_iter().flatten().any(|parameter| parameter["name"] == "Idempotency-Key")
}
