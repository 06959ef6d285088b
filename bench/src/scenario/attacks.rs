//! Attacks from one address, while others read and log in from another address.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Fact, Found, Measure, Name, Stage, measure, progress};
use crate::attack::{ALL, Attack, PASSWORD, Target};
use crate::load::trust::Trust;
use crate::load::wire::{self, Caller, Connection};
use crate::sample::middle;
use crate::subject::program::{self, Serving};
use crate::subject::server::{self, Proof};
use crate::{Failure, load, machine};

/// The name of the scenario.
pub const ATTACKS: &str = "attacks";
/// Reads per second.
const READS: f64 = 200.0;
/// How many connections read.
pub const READERS: u32 = 8;
/// How long an attack has lasted when the measurement begins.
const BEGINNING: Duration = Duration::from_secs(2);
/// How long to wait after an attack for the memory to fall.
const RECOVERY: Duration = Duration::from_secs(30);
/// How often one of the victims logs in.
const LOGIN: Duration = Duration::from_millis(250);
/// How many victims log in, one after the other.
const VICTIMS: u64 = 8;
/// A character of 25 bytes. A message has 1,000 of them, and a page of a hundred such messages 2.5 MB.
const LETTER: &str = "👨‍👩‍👧‍👦";

/// What a fact about an attack measures.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    /// The share of logins from another address that succeeded, in %.
    Logins,
    /// The largest growth of the server's memory, in MB.
    Growth,
    /// The growth of the server's memory that is left half a minute later, in MB.
    Kept,
}

/// Returns the name of a fact.
#[must_use]
pub fn fact(attack: Attack, of: Of) -> String {
    let what = match of {
        Of::Logins => "logins of others that succeed, in %",
        Of::Growth => "growth of the server's memory, in MB",
        Of::Kept => "memory that is still held afterwards, in MB",
    };
    format!("attack {}: {what}", attack.name())
}

/// Returns the name of the reads during an attack.
#[must_use]
pub fn beside(attack: Attack) -> String {
    format!("list, beside {}", attack.name())
}

/// Returns the name of the reads before an attack.
#[must_use]
pub fn before(attack: Attack) -> String {
    format!("list, before {}", attack.name())
}

/// Measures all attacks with the default settings and bcrypt cost, each on a server of its own.
pub fn run(stage: &Stage<'_>) -> Result<Found, Failure> {
    let mut found = Found::default();
    for attack in ALL {
        let part = one(stage, attack)?;
        found.figures.extend(part.figures);
        found.facts.extend(part.facts);
    }
    Ok(found)
}

fn one(stage: &Stage<'_>, attack: Attack) -> Result<Found, Failure> {
    let time = stage.plan.measure.max(Duration::from_secs(3)) * 2;
    let trust = (attack == Attack::UnreadStreams).then(|| Trust::new(stage.folder).map(Arc::new)).transpose()?;
    // The preparations use servers without TLS.
    let readers = server::callers(&serve(stage, None)?, Proof::Token)?;
    let (target, victims) = prepare(&serve(stage, None)?, trust.clone(), &readers)?;
    let serving = serve(stage, trust.as_deref())?;
    let target = Target { port: serving.port, ..target };
    let reads = server::lists(&readers);
    let read = || {
        let connections = (0..READERS).map(|_| connect(&serving, trust.as_deref())).collect::<Result<_, _>>()?;
        load::open::over(connections, READS, time, &reads)
    };
    let names = [before(attack), beside(attack)].map(|what| Name {
        scenario: ATTACKS,
        subject: "server",
        what,
        callers: READERS,
        store: None,
    });
    let (mut grown, mut kept, mut succeeded) = (Vec::new(), Vec::new(), Vec::new());
    let both = Measure::many(names.to_vec(), || {
        let alone = read()?;
        let memory = machine::memory(serving.process())?.0;
        let over = AtomicBool::new(false);
        let (beside, most, share) = std::thread::scope(|scope| {
            let (over, target, serving) = (&over, &target, &serving);
            let attacker = scope.spawn(move || attack.run(target, over));
            std::thread::sleep(BEGINNING);
            let most = scope.spawn(move || most_memory(serving.process(), over));
            let logins = scope.spawn(|| log_in(serving, trust.as_deref(), &victims, over));
            let beside = read();
            over.store(true, Ordering::Relaxed);
            attacker.join().map_err(|_| "an attacker panicked")??;
            let most = most.join().map_err(|_| "a watcher panicked")??;
            let share = logins.join().map_err(|_| "somebody who logs in panicked")??;
            Ok::<_, Failure>((beside?, most, share))
        })?;
        grown.push(megabytes(most, memory));
        succeeded.push(share);
        kept.push(megabytes(settled(serving.process(), memory)?, memory));
        Ok(vec![alone, beside])
    });
    let figures = measure(stage.plan.rounds, vec![both], || Ok(()))?;
    let told = |of, values, unit| Fact { name: fact(attack, of), value: middle(values).unwrap_or_default(), unit };
    let facts = vec![told(Of::Logins, succeeded, "%"), told(Of::Growth, grown, "MB"), told(Of::Kept, kept, "MB")];
    for fact in &facts {
        progress(&format!("{}: {:.1}", fact.name, fact.value));
    }
    Ok(Found { figures, facts })
}

fn megabytes(now: u64, before: u64) -> f64 {
    (now as f64 - before as f64) / 1e6
}

fn serve(stage: &Stage<'_>, trust: Option<&Trust>) -> Result<Serving, Failure> {
    let mut command = program::command("twclone-server", &stage.data.folder)?;
    command.env_remove("TWCLONE_BCRYPT_COST");
    if let Some(trust) = trust {
        let flag = |name: &str, path: &Path| [name.into(), path.as_os_str().to_owned()];
        command.args(flag("--tls-certificate", &trust.certificate)).args(flag("--tls-key", &trust.key));
    }
    Serving::start(command)
}

fn connect(serving: &Serving, trust: Option<&Trust>) -> Result<Connection, Failure> {
    match trust {
        Some(trust) => Connection::open_tls(serving.port, trust),
        None => Connection::open(serving.port),
    }
}

/// Creates the accounts of the victims and of the attacker, who receives long messages. Accounts that an earlier
/// attack created are kept.
fn prepare(serving: &Serving, trust: Option<Arc<Trust>>, senders: &[Caller]) -> Result<(Target, Vec<Caller>), Failure> {
    let mut connection = Connection::open(serving.port)?;
    let names: Vec<_> = (0..VICTIMS).map(|number| format!("victim{number}")).collect();
    for name in names.iter().map(String::as_str).chain(["attacker"]) {
        let account = json!({ "username": name, "email": format!("{name}@example.com"), "password": PASSWORD });
        let (status, _) = connection.exchange(&wire::post("/register", &Caller::Anybody, &account))?;
        if name == "attacker" && status == 201 {
            let letter = json!({ "to": "attacker", "msg": LETTER.repeat(1_000) });
            let letter = wire::post("/sendmsg", senders.first().ok_or("there is nobody who can log in")?, &letter);
            (0..100).try_for_each(|_| connection.ask(&letter).map(drop))?;
        }
    }
    let attacker = Caller::Named("attacker".to_owned(), PASSWORD.to_owned());
    let victims = names.iter().map(|name| Caller::Named(name.clone(), PASSWORD.to_owned())).collect();
    Ok((Target { port: serving.port, trust, attacker, victims: names }, victims))
}

/// Logs in until `over` is set. Returns the share of logins that succeed, in %.
fn log_in(serving: &Serving, trust: Option<&Trust>, victims: &[Caller], over: &AtomicBool) -> Result<f64, Failure> {
    let (mut all, mut succeeded) = (0_u32, 0_u32);
    for victim in victims.iter().cycle() {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let begin = Instant::now();
        let (status, _) = connect(serving, trust)?.exchange(&wire::post("/login", victim, &json!({})))?;
        all += 1;
        succeeded += u32::from(status == 200);
        std::thread::sleep(LOGIN.saturating_sub(begin.elapsed()));
    }
    Ok(f64::from(succeeded) * 100.0 / f64::from(all.max(1)))
}

/// Returns the most memory that a process has until `over` is set, in bytes.
fn most_memory(process: u32, over: &AtomicBool) -> Result<u64, Failure> {
    let mut most = 0;
    while !over.load(Ordering::Relaxed) {
        most = most.max(machine::memory(process)?.0);
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(most)
}

/// Waits until a process has no more memory than `before`, at most for [`RECOVERY`]. Returns its memory, in bytes.
fn settled(process: u32, before: u64) -> Result<u64, Failure> {
    let begin = Instant::now();
    loop {
        let now = machine::memory(process)?.0;
        if now <= before || begin.elapsed() > RECOVERY {
            return Ok(now);
        }
        std::thread::sleep(Duration::from_millis(250));
    }
}
