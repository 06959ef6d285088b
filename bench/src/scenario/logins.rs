//! What a refused login reveals: whether response times tell an unknown name, a wrong password and a disabled account
//! apart.

use std::time::Instant;

use serde_json::json;

use super::{Fact, Found, Stage, progress};
use crate::load::wire::{self, Caller, Connection};
use crate::sample::middle;
use crate::subject::program::{self, Serving};
use crate::subject::server::Data;
use crate::{Failure, people};

/// The name of the fact that must be small.
pub const DIFFERENCE: &str = "refused logins: largest difference of medians, in %";
/// A low bcrypt cost: a difference shows more clearly than at the default cost.
const COST: &str = "8";
/// A person with a password and a disabled account.
const DISABLED: u64 = 1;

/// Measures the same number of attempts of each kind, in turn.
pub fn run(stage: &Stage<'_>) -> Result<Found, Failure> {
    let tries = if stage.plan.quick { 100 } else { 1_000 };
    let data = people_with_passwords(stage)?;
    let mut command = program::command("twclone-server", &data.folder)?;
    command.env("TWCLONE_BCRYPT_COST", COST);
    command.args(["--login-failures-per-account", "off", "--login-failures-per-address", "off"]);
    let serving = Serving::start(command)?;
    let mut connection = Connection::open(serving.port)?;
    let kinds = [
        ("unknown name", "nobody_at_all".to_owned()),
        ("wrong password", people::name(0)),
        ("disabled account", people::name(DISABLED)),
    ];
    // The disabled account's own password: the response must not reveal even that it is right.
    let requests = kinds.each_ref().map(|(kind, name)| {
        let password = if *kind == "disabled account" { people::password(DISABLED) } else { "wrong".repeat(4) };
        wire::post("/login", &Caller::Anybody, &json!({ "username": name, "password": password }))
    });
    let (mut took, mut bodies) = (vec![Vec::new(); kinds.len()], Vec::new());
    for turn in 0..tries {
        // Each kind is equally often in each place.
        for place in 0..kinds.len() {
            let kind = (place + turn) % kinds.len();
            let begin = Instant::now();
            let (status, body) = connection.exchange(&requests[kind])?;
            took[kind].push(begin.elapsed().as_secs_f64() * 1e6);
            if status != 401 {
                return Err(format!("{}: {status}, not 401", kinds[kind].0).into());
            }
            bodies.push(without_request(&body)?);
        }
    }
    bodies.dedup();
    if bodies.len() != 1 {
        return Err(format!("the answers differ: {bodies:?}").into());
    }
    let medians: Vec<_> = took.into_iter().filter_map(middle).collect();
    let (least, most) = (medians.iter().copied().fold(f64::MAX, f64::min), medians.iter().copied().fold(0.0, f64::max));
    let mut facts = vec![Fact { name: DIFFERENCE.to_owned(), value: (most / least - 1.0) * 100.0, unit: "%" }];
    for ((kind, _), median) in kinds.iter().zip(&medians) {
        facts.push(Fact { name: format!("refused login, {kind}, median"), value: *median, unit: "µs" });
    }
    progress(&format!("logins: medians {medians:.0?} µs"));
    Ok(Found { figures: Vec::new(), facts })
}

fn people_with_passwords(stage: &Stage<'_>) -> Result<Data, Failure> {
    let data = Data { folder: stage.folder.join("logins").join("data"), messages: 0 };
    std::fs::create_dir_all(stage.folder.join("logins"))?;
    let accounts = [0, DISABLED].map(|person| {
        let (name, password) = (people::name(person), people::password(person));
        json!({ "username": name, "email": format!("{name}@example.com"), "password": password })
    });
    let seed = stage.folder.join("logins").join("seed.json");
    std::fs::write(&seed, json!({ "accounts": accounts, "messages": [] }).to_string())?;
    for arguments in [&["init", "--seed", &seed.to_string_lossy()][..], &["users", "disable", &people::name(DISABLED)]]
    {
        let mut command = program::command("twclone-admin", &data.folder)?;
        let output = command.env("TWCLONE_BCRYPT_COST", COST).args(arguments).output()?;
        if !output.status.success() {
            return Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
    }
    Ok(data)
}

fn without_request(body: &[u8]) -> Result<String, Failure> {
    let mut problem: serde_json::Value = serde_json::from_slice(body)?;
    problem["request_id"].take();
    Ok(problem.to_string())
}
