//! Password guesses, 500 a second, while others read.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Fact, Found, Measure, Name, Stage, measure, progress};
use crate::load;
use crate::load::wire::{self, Caller, Connection};
use crate::sample::middle;
use crate::subject::program::{self, Serving};
use crate::subject::server::{self, Proof};
use crate::{Failure, machine, people};

/// The name of the scenario.
pub const FLOOD: &str = "flood";
/// The name of the fact: the share of guesses that are told to retry later (429 or 503).
pub const TOLD: &str = "flood: logins told to come later, in %";
/// The name of the fact: the growth of the server's memory during the flood, after its beginning.
pub const GROWN: &str = "flood: growth of the server's memory, in MB";
/// The name of the reads before the flood.
pub const ALONE: &str = "list, alone";
/// The name of the reads during the flood.
pub const BESIDE: &str = "list, beside 500 bad logins a second";
/// Reads per second.
const READS: f64 = 200.0;
/// How many connections read.
pub const READERS: u32 = 8;
/// How long the flood has lasted when the measurement begins. Its first hundred guesses are checked like any login.
const BEGINNING: Duration = Duration::from_secs(1);
/// Guesses per second, and how many connections send them.
const GUESSES: u32 = 500;
const GUESSERS: u32 = 128;

/// Measures both with the default settings and bcrypt cost.
pub fn run(stage: &Stage<'_>) -> Result<Found, Failure> {
    let time = stage.plan.measure.max(Duration::from_secs(2)) * 2;
    let serving = serve(stage)?;
    let reads = server::lists(&server::callers(&serving, Proof::Token)?);
    let guesses: Vec<_> = (0..2_000).map(guess).collect();
    let read = || load::open::run(serving.port, READERS, READS, time, &reads);
    let (mut grown, mut statuses) = (Vec::new(), BTreeMap::new());
    let names = [ALONE, BESIDE].map(|what| Name {
        scenario: FLOOD,
        subject: "server",
        what: what.to_owned(),
        callers: READERS,
        store: None,
    });
    let both = Measure::many(names.to_vec(), || {
        let alone = read()?;
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let (over, guesses, serving) = (&over, &guesses, &serving);
            let flood: Vec<_> =
                (0..GUESSERS).map(|place| scope.spawn(move || keep_guessing(serving, guesses, place, over))).collect();
            // What the beginning of a flood allocates stays allocated. From then on nothing may grow.
            std::thread::sleep(BEGINNING);
            let before = machine::memory(serving.process())?.0;
            let beside = read();
            let after = machine::memory(serving.process())?.0;
            over.store(true, Ordering::Relaxed);
            grown.push((after as f64 - before as f64) / 1e6);
            for thread in flood {
                for (status, count) in thread.join().map_err(|_| "a guesser panicked")?? {
                    *statuses.entry(status).or_insert(0_u64) += count;
                }
            }
            Ok(vec![alone, beside?])
        })
    });
    let figures = measure(stage.plan.rounds, vec![both], || Ok(()))?;
    let all: u64 = statuses.values().sum();
    let later: u64 = [429, 503].iter().filter_map(|status| statuses.get(status)).sum();
    progress(&format!("flood: answered {statuses:?}"));
    let fact = |name: &str, value, unit| Fact { name: name.to_owned(), value, unit };
    let facts = vec![
        fact(TOLD, later as f64 * 100.0 / all.max(1) as f64, "%"),
        fact(GROWN, middle(grown).unwrap_or_default(), "MB"),
    ];
    Ok(Found { figures, facts })
}

/// Starts a server with default settings. Its bcrypt cost is the default, although the people's passwords were hashed
/// at another.
fn serve(stage: &Stage<'_>) -> Result<Serving, Failure> {
    let mut command = program::command("twclone-server", &stage.data.folder)?;
    command.env_remove("TWCLONE_BCRYPT_COST");
    Serving::start(command)
}

/// Returns a guess. Half of the guesses are for existing users, half for unknown ones.
fn guess(number: u64) -> Vec<u8> {
    let name = if number.is_multiple_of(2) { people::name(number % people::PEOPLE) } else { format!("nobody{number}") };
    let credentials = json!({ "username": name, "password": format!("guess number {number}") });
    wire::post("/login", &Caller::Anybody, &credentials)
}

/// Sends this connection's share of the guesses at their times, or as fast as responses come back.
fn keep_guessing(
    serving: &Serving,
    guesses: &[Vec<u8>],
    first: u32,
    over: &AtomicBool,
) -> Result<BTreeMap<u16, u64>, Failure> {
    let mut connection = Connection::open(serving.port)?;
    let mut statuses = BTreeMap::new();
    let begin = Instant::now();
    // The connections send in turn, not all at the same moment.
    for place in (first..).step_by(GUESSERS as usize) {
        std::thread::sleep((Duration::from_secs(1) * place / GUESSES).saturating_sub(begin.elapsed()));
        if over.load(Ordering::Relaxed) {
            break;
        }
        let (status, _) = connection.exchange(&guesses[place as usize % guesses.len()])?;
        *statuses.entry(status).or_insert(0) += 1;
    }
    Ok(statuses)
}
