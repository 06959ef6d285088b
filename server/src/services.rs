//! The routing table of a gateway, for services that run as separate processes.

use rocket::http::Method;
use twclone_domain::registry::Service;

use crate::endpoint::Endpoint;
use crate::fixed;

/// A route, and the service to which a gateway forwards its requests.
#[derive(Debug)]
pub(crate) struct RouteTarget {
    method: Method,
    mounted: String,
    pub(crate) service: Service,
    /// Whether the route supports an `Idempotency-Key`, which makes retries safe.
    pub(crate) takes_key: bool,
}

impl From<Endpoint> for RouteTarget {
    fn from(endpoint: Endpoint) -> Self {
        let (service, takes_key) = (endpoint.owner, endpoint.takes_key());
        Self { method: endpoint.route.method, mounted: endpoint.route.uri.path().to_owned(), service, takes_key }
    }
}

/// The routing table of a gateway.
#[derive(Debug)]
pub(crate) struct Routing(Vec<RouteTarget>);

impl Routing {
    /// Builds the table, without the routes that a gateway serves itself.
    pub(crate) fn new(endpoints: impl Iterator<Item = Endpoint>) -> Self {
        let owned = endpoints.filter(|endpoint| endpoint.owner != Service::All);
        let mut routing: Vec<_> = owned.map(RouteTarget::from).collect();
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
