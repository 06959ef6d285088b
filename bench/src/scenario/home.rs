//! Timelines of readers whose authors are pushed, pulled, or some of each.

use std::fmt;
use std::ops::Range;

use super::target::plain_request;
use super::{Found, Measure, Name, Stage, measure, world};
use crate::crowd::{self, AUTHORS, KEPT};
use crate::load::wire::{self, Caller};
use crate::load::wrk::Wrk;
use crate::plan::MANY;
use crate::subject::filler::Filler;
use crate::subject::plain;
use crate::subject::program::Serving;
use crate::subject::server::{self, Proof};
use crate::{Failure, people};

/// The name of the scenario.
pub const HOME: &str = "home";
/// How many posts there are.
const POSTS: u64 = 10_000;
/// How many authors are pushed, counted from the first, and how many are pulled.
const PUSHED: u64 = 20;
const PULLED: u64 = 5;
/// How many readers of each kind there are.
const READERS: u64 = 16;

/// The timeline that is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// `GET /homeTimeline` of readers who follow 20 pushed authors.
    Pushed,
    /// `GET /homeTimeline` of readers who follow five pulled authors.
    Pulled,
    /// `GET /homeTimeline` of readers who follow 15 pushed and five pulled authors.
    Mixed,
    /// `GET /publicTimeline`.
    Public,
    /// `GET /userTimeline` of an author.
    User,
}

/// All timelines.
pub const ALL: [What; 5] = [What::Pushed, What::Pulled, What::Mixed, What::Public, What::User];

/// Measures each over many connections, with tokens, and a plain route that serves a page from memory.
pub fn run(stage: &Stage<'_>, wrk: &Wrk) -> Result<Found, Failure> {
    let (plan, time) = (stage.plan, stage.plan.measure);
    let data = world::make(stage, HOME, people::PEOPLE, fill)?;
    let serving = data.serve()?;
    let page = log_in(&serving, wrk)?;
    let body = stage.folder.join("home.json");
    std::fs::write(&body, page)?;
    let route = plain::start(&body)?;
    let request = plain_request(wrk)?;
    let name =
        |subject, what: &str| Name { scenario: HOME, subject, what: what.to_owned(), callers: MANY, store: None };
    let answer = Measure::one(name("plain route", "answer"), || wrk.run(&route, MANY, time, request));
    let timelines = ALL.map(|what| {
        let (name, serving) = (name("server", &what.to_string()), &serving);
        Measure::one(name, move || wrk.run(serving, MANY, time, &file(what)))
    });
    let measures = std::iter::once(answer).chain(timelines).collect();
    let figures = measure(plan.rounds, measures, || log_in(&serving, wrk).map(drop))?;
    Ok(Found { figures, facts: Vec::new() })
}

/// Logs everyone in, and stores the requests. Returns a page.
fn log_in(serving: &Serving, wrk: &Wrk) -> Result<String, Failure> {
    let callers = server::callers(serving, Proof::Token)?;
    let mut page = String::new();
    for what in ALL.into_iter().rev() {
        let requests = what.requests(&callers);
        for request in &requests {
            page = world::page_of_20(serving.port, request)?;
        }
        wrk.keep(&file(what), &requests)?;
    }
    Ok(page)
}

fn file(what: What) -> String {
    format!("home-{what}")
}

/// Returns the authors whom the readers of a kind follow.
fn followed(what: What) -> Range<u64> {
    let (first, end) = (AUTHORS, AUTHORS + PUSHED + PULLED);
    match what {
        What::Pulled => end - PULLED..end,
        What::Mixed => end - PUSHED..end,
        _ => first..first + PUSHED,
    }
}

/// Returns the readers of a kind.
fn readers(what: What) -> Range<u64> {
    let place = ALL.iter().position(|one| *one == what).unwrap_or_default() as u64;
    place * READERS..(place + 1) * READERS
}

fn fill(filler: &mut Filler) -> Result<(), Failure> {
    let homes = [What::Pushed, What::Pulled, What::Mixed];
    let pushed = AUTHORS..AUTHORS + PUSHED;
    for what in homes {
        for reader in readers(what) {
            for author in followed(what) {
                filler.follow(reader, author)?;
                if !pushed.contains(&author) {
                    filler.pull(reader, author)?;
                }
            }
        }
    }
    (pushed.end..pushed.end + PULLED).try_for_each(|author| filler.let_be_pulled(author))?;
    // Newest first, until the timelines are full.
    let mut kept = homes.map(|_| 0);
    for number in (0..POSTS).rev() {
        let post = crowd::post(number, PUSHED + PULLED);
        let mut brought = Vec::new();
        for (what, kept) in homes.into_iter().zip(&mut kept) {
            if pushed.contains(&post.author) && followed(what).contains(&post.author) && *kept < KEPT {
                *kept += 1;
                brought.extend(readers(what));
            }
        }
        filler.post(&post, brought)?;
    }
    Ok(())
}

impl What {
    fn requests(self, callers: &[Caller]) -> Vec<Vec<u8>> {
        let of = |readers: Range<u64>, path: &dyn Fn(u64) -> String| {
            let readers = readers.filter_map(|reader| Some((reader, callers.get(usize::try_from(reader).ok()?)?)));
            readers.map(|(reader, caller)| wire::get(&path(reader), caller)).collect()
        };
        match self {
            Self::Pushed | Self::Pulled | Self::Mixed => server::homes(callers, readers(self)),
            Self::Public => of(readers(Self::Pushed), &|_| "/publicTimeline".to_owned()),
            Self::User => of(readers(Self::Pushed), &|reader| {
                format!("/userTimeline?username={}", people::name(AUTHORS + reader % PUSHED))
            }),
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Pushed => "home, pushed",
            Self::Pulled => "home, pulled",
            Self::Mixed => "home, mixed",
            Self::Public => "public",
            Self::User => "user",
        })
    }
}
