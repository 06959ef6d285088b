//! A route, as its dialect declares it.

use rocket::Route;
use twclone_domain::registry::Service;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, RefOr};

use crate::guards::Idempotency;

/// A route, the service that owns it, and its OpenAPI description.
pub(crate) struct Endpoint {
    pub(crate) route: Route,
    /// The service to which a gateway forwards its requests. `All` if every process, also a gateway, serves it itself.
    pub(crate) owner: Service,
    pub(crate) document: fn() -> OpenApi,
}

impl Endpoint {
    /// Returns whether a process of a service serves the route.
    pub(crate) fn is_served_by(&self, service: Service) -> bool {
        service == Service::All || self.owner == Service::All || self.owner == service
    }

    /// Returns whether the route supports an `Idempotency-Key`, which makes retries safe.
    pub(crate) fn takes_key(&self) -> bool {
        let mut document = (self.document)();
        let mut parameters = operations(&mut document).flat_map(|operation| operation.parameters.iter().flatten());
        parameters.any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == Idempotency::HEADER))
    }

    /// Returns an OpenAPI document with only this route.
    pub(crate) fn describe(&self, tag: &str) -> OpenApi {
        let mut document = (self.document)();
        for operation in operations(&mut document) {
            operation.tags = Some(vec![tag.to_owned()]);
        }
        document
    }
}

fn operations(document: &mut OpenApi) -> impl Iterator<Item = &mut Operation> {
    let paths = document.paths.paths.values_mut();
    paths.flat_map(|path| [&mut path.get, &mut path.post, &mut path.put, &mut path.patch, &mut path.delete]).flatten()
}

/// Declares the handlers that each service owns.
///
/// The auth service owns all routes that require the owner of an account or an administrator. A gateway passes passwords
/// to no other service, and the edge token that the others get does not suffice for these routes.
macro_rules! endpoints {
    ($($owner:ident: [$($($handler:ident)::+),+ $(,)?]),+ $(,)?) => {{
        let mut endpoints = Vec::new();
        $($({
            #[derive(utoipa::OpenApi)]
            #[openapi(paths($($handler)::+))]
            struct Description;
            endpoints.extend(rocket::routes![$($handler)::+].into_iter().map(|route| $crate::endpoint::Endpoint {
                route,
                owner: twclone_domain::registry::Service::$owner,
                document: <Description as utoipa::OpenApi>::openapi,
            }));
        })+)+
        endpoints
    }};
}
pub(crate) use endpoints;
