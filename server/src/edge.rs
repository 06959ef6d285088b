//! The edge: the layer between the port and the routes, in every process. It cuts off slow clients, refuses requests
//! that two servers could parse differently, and strips headers that only a trusted proxy may set.

pub(crate) mod answers;
mod connection;
pub(crate) mod connection_deadline;
mod cors;
mod descriptors;
mod exchange;
mod gateway;
mod handshake;
pub(crate) mod head;
mod http_server;
mod inside;
mod instance;
mod instances;
mod limits;
mod local;
mod outgoing;
mod pace;
mod reception;
mod request_context;
mod sending;
mod shares;
mod spacing;
mod streams;
mod strict;
mod tls;
pub(crate) mod tokens;

use std::time::Duration;

use hyper::Response;
use hyper::body::Bytes;
use hyper::http::request::Parts;
use twclone_domain::Installation;

pub(crate) use self::answers::Answers;
pub(crate) use self::cors::Cors;
pub(crate) use self::exchange::Exchange;
pub(crate) use self::gateway::Gateway;
pub(crate) use self::handshake::Handshake;
pub(crate) use self::http_server::{Bound, HttpServer};
pub(crate) use self::instances::Instances;
pub(crate) use self::limits::Limits;
pub(crate) use self::local::{Local, hand_over};
pub(crate) use self::outgoing::Outgoing;
pub(crate) use self::reception::Reception;
pub(crate) use self::request_context::{EdgeToken, RequestContext, TrustedProxies};
pub(crate) use self::tls::Tls;
use crate::problem::Problem;

/// The deadline for a response. It is longer than the deadline of a store call.
pub(crate) const DEADLINE: Duration = Duration::from_secs(8);
/// The deadline for a response of a gateway. It is longer than a gateway's timeout for a service, which in turn is
/// longer than the service's own deadline.
pub(crate) const DEADLINE_OF_GATEWAY: Duration = Duration::from_secs(12);

/// The handler of admitted requests.
#[derive(Debug)]
pub(crate) enum Backend {
    /// The routes in this process.
    Local(Box<Local>),
    /// The services, in other processes.
    Gateway(Box<Gateway>),
}

impl Backend {
    fn installation(&self) -> Option<&Installation> {
        match self {
            Self::Local(local) => local.installation(),
            Self::Gateway(_) => None,
        }
    }

    fn deadline(&self) -> Duration {
        match self {
            Self::Local(_) => DEADLINE,
            Self::Gateway(_) => DEADLINE_OF_GATEWAY,
        }
    }

    /// Runs the background work of the backend. Never returns.
    async fn keep(&self) {
        match self {
            Self::Local(_) => std::future::pending().await,
            Self::Gateway(gateway) => gateway.instances.watch().await,
        }
    }

    /// Returns the response, once there is room for its body.
    async fn answer(
        &self,
        context: &RequestContext,
        request: Parts,
        body: Bytes,
        limits: &Limits,
    ) -> Result<answers::Answer, Problem> {
        let answer = match self {
            Self::Local(local) => local.answer(context, &request, body).await?,
            Self::Gateway(gateway) => gateway.answer(context, request, body, limits).await?,
        };
        let (parts, body) = answer.into_parts();
        let body = body.count(|memory| limits.hold_answer(context.client, memory))?;
        Ok(Response::from_parts(parts, body))
    }
}
