//! A running server, and the requests for it.

use std::fmt;
use std::time::Duration;

use crate::Failure;
use crate::load::wire::{self, Caller, Connection};
use crate::load::wrk::Wrk;
use crate::sample::Sample;
use crate::subject::program::Serving;
use crate::subject::server::{self, Data, Proof};

/// The operation that is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// `POST /sendmsg`.
    Send,
    /// `POST /replyto`, with text.
    Reply,
    /// `GET /listmsg/{user}`, which returns 20 messages.
    List,
}

/// All operations.
pub const ALL: [What; 3] = [What::List, What::Send, What::Reply];
/// Both kinds of credentials.
pub const PROOFS: [Proof; 2] = [Proof::Token, Proof::Basic];

/// A server, and its load generator.
#[derive(Debug)]
pub struct Target {
    /// The server.
    pub serving: Serving,
    wrk: Wrk,
    name: String,
}

impl Target {
    /// Starts a server on the data. The name distinguishes the files with its requests.
    pub fn start(data: &Data, wrk: &Wrk, name: &str) -> Result<Self, Failure> {
        let target = Self { serving: data.serve()?, wrk: wrk.clone(), name: name.to_owned() };
        target.log_in()?;
        Ok(target)
    }

    /// Logs everyone in: tokens expire after ten minutes, verified passwords after five.
    pub fn log_in(&self) -> Result<(), Failure> {
        for proof in PROOFS {
            let callers = server::callers(&self.serving, proof)?;
            for what in ALL {
                self.wrk.keep(&self.file(what, proof), &what.requests(&callers))?;
            }
        }
        Ok(())
    }

    /// Sends one request after another over each connection, for the given time.
    pub fn run(&self, what: What, proof: Proof, connections: u32, time: Duration) -> Result<Sample, Failure> {
        self.wrk.run(&self.serving, connections, time, &self.file(what, proof))
    }

    /// Returns a page of messages. Fails if it does not have 20.
    pub fn page(&self) -> Result<String, Failure> {
        let callers = server::callers(&self.serving, Proof::Token)?;
        let request = server::lists(&callers).into_iter().next().ok_or("there is no reader")?;
        let page = Connection::open(self.serving.port)?.ask(&request)?;
        let messages = page.matches("\"sent-at\"").count();
        if messages == 20 { Ok(page) } else { Err(format!("a list has {messages} messages and not 20").into()) }
    }

    fn file(&self, what: What, proof: Proof) -> String {
        format!("{}-{what}-{proof}", self.name)
    }
}

/// Stores the request for the plain route, and returns its name.
pub fn plain_request(wrk: &Wrk) -> Result<&'static str, Failure> {
    wrk.keep("plain", &[wire::get("/", &Caller::Anybody)])?;
    Ok("plain")
}

impl What {
    /// Returns the requests, with the credentials of the callers.
    #[must_use]
    pub fn requests(self, callers: &[Caller]) -> Vec<Vec<u8>> {
        match self {
            Self::Send => server::sends(callers),
            Self::Reply => server::replies(callers),
            Self::List => server::lists(callers),
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Send => "send",
            Self::Reply => "reply",
            Self::List => "list",
        })
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Basic => "Basic",
            Self::Token => "token",
        })
    }
}
