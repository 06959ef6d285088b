//! A server that runs, and the requests for it.

use std::fmt;
use std::time::Duration;

use crate::Failure;
use crate::load::wire::{self, Caller, Connection};
use crate::load::wrk::Wrk;
use crate::sample::Sample;
use crate::subject::program::Serving;
use crate::subject::server::{self, Data, Proof};

/// What is asked of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// `POST /sendmsg`.
    Send,
    /// `POST /replyto`, in words.
    Reply,
    /// `GET /listmsg/{user}`, which gives 20.
    List,
}

/// All of it.
pub const ALL: [What; 3] = [What::List, What::Send, What::Reply];
/// Both proofs.
pub const PROOFS: [Proof; 2] = [Proof::Token, Proof::Basic];

/// A server, and what makes load on it.
#[derive(Debug)]
pub struct Target {
    /// The server.
    pub serving: Serving,
    wrk: Wrk,
    name: String,
}

impl Target {
    /// Starts a server on the data. The name is for the files with its requests.
    pub fn start(data: &Data, wrk: &Wrk, name: &str) -> Result<Self, Failure> {
        let target = Self { serving: data.serve()?, wrk: wrk.clone(), name: name.to_owned() };
        target.log_in()?;
        Ok(target)
    }

    /// Lets everyone log in: tokens last for ten minutes, a proved password for five.
    pub fn log_in(&self) -> Result<(), Failure> {
        for proof in PROOFS {
            let callers = server::callers(&self.serving, proof)?;
            for what in ALL {
                self.wrk.keep(&self.file(what, proof), &what.requests(&callers))?;
            }
        }
        Ok(())
    }

    /// Asks for one thing after another, over so many connections, for so long.
    pub fn run(&self, what: What, proof: Proof, connections: u32, time: Duration) -> Result<Sample, Failure> {
        self.wrk.run(&self.serving, connections, time, &self.file(what, proof))
    }

    /// What a list looks like.
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

/// Keeps the request for the plain route, and gives its name.
pub fn plain_request(wrk: &Wrk) -> Result<&'static str, Failure> {
    wrk.keep("plain", &[wire::get("/", &Caller::Anybody)])?;
    Ok("plain")
}

impl What {
    /// The requests, by those who can make them.
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
