//! The cost of the gateway: a service called directly, and through the gateway.

use super::target::What;
use super::{Found, Measure, Name, Stage, measure};
use crate::Failure;
use crate::load::wrk::Wrk;
use crate::plan::MANY;
use crate::subject::program::Serving;
use crate::subject::server::{self, Proof};

/// The name of the scenario, and of the subject that is called through the gateway.
pub const GATEWAY: &str = "gateway";
/// The name of the subject that is called directly.
pub const SERVICE: &str = "service";
/// The name of the requests.
pub const LIST: &str = "list, token";

/// Measures both in turn, with the same requests.
pub fn run(stage: &Stage<'_>, wrk: &Wrk) -> Result<Found, Failure> {
    let serve = |service| stage.data.serve_part(service);
    let (_auth, messages, gateway) = (serve("auth")?, serve("messages")?, serve("gateway")?);
    let measures = [(SERVICE, &messages), (GATEWAY, &gateway)].map(|(subject, serving): (_, &Serving)| {
        let name = Name { scenario: GATEWAY, subject, what: LIST.to_owned(), callers: MANY, store: None };
        Measure::one(name, move || wrk.run(serving, MANY, stage.plan.measure, GATEWAY))
    });
    let log_in = || {
        let callers = server::callers(&gateway, Proof::Token)?;
        wrk.keep(GATEWAY, &What::List.requests(&callers)).map(drop)
    };
    let figures = measure(stage.plan.rounds, measures.into(), log_in)?;
    Ok(Found { figures, facts: Vec::new() })
}
