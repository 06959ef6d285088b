//! Permissions: every route, called by every kind of caller, with a password and with a token.

mod expectations;
mod posts;
mod routes;
mod shop;
mod stage;
mod tweets;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use expectations::Row;
use stage::{CALLERS, Proof, Stage};
use twclone_testkit::{Client, Split, World};

use crate::people;

#[test]
fn every_route_stands_in_the_matrix_and_nothing_else_does() {
    let asked: BTreeSet<_> = routes::all().into_iter().map(|row| row.route.to_owned()).collect();
    let table = twclone_server::app::table();
    let mounted: BTreeSet<_> = table.into_iter().map(|(method, path)| format!("{method} {path}")).collect();
    let missing: Vec<_> = mounted.difference(&asked).collect();
    assert!(missing.is_empty(), "say in matrix/routes.rs who may use {missing:?}");
    let gone: Vec<_> = asked.difference(&mounted).collect();
    assert!(gone.is_empty(), "the service has none of {gone:?}");
}

#[test]
fn everybody_may_do_what_he_may_and_nothing_else() {
    let world = World::new();
    look_at_all(&world, &people::serve(&world), |_, _| true);
}

#[test]
fn behind_a_gateway_a_password_goes_as_far_as_in_one_process() {
    let world = World::new();
    let split = Split::start_with(&world, 1, &people::UNLIMITED);
    // Excluded are metrics, which the gateway serves itself, and tokens, which it forwards unchanged.
    let of_services = |row: &Row, proof| proof == Proof::Basic && row.route != "GET /metrics";
    look_at_all(&world, &split, of_services);
}

/// Sends every row's request as every caller with every proof that the filter accepts.
fn look_at_all(world: &World, server: &Client, is_asked: impl Fn(&Row, Proof) -> bool + Sync) {
    people::stock(world);
    let rows = routes::all();
    let new_administrator = || people::administrator(server, world);
    let one = new_administrator();
    let next = AtomicUsize::new(0);
    let work = || {
        // One friend for each thread: updates of one account's counters are serialized.
        let (friend, mut wrong) = (people::sign_up(server, "friend"), Vec::new());
        while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
            // An account that deletes itself cannot serve the other cases.
            let administrator = || if row.route == "DELETE /user" { new_administrator() } else { one.clone() };
            for (column, caller) in CALLERS.into_iter().enumerate() {
                for proof in caller.proofs().iter().filter(|proof| is_asked(row, **proof)) {
                    let stage = Stage::set(server, caller, *proof, &friend, administrator);
                    wrong.extend(ask(server, row, &stage, row.expected(column, *proof)));
                }
            }
        }
        wrong
    };
    let wrong: Vec<_> = std::thread::scope(|scope| {
        // With more threads, DynamoDB Local does not respond in time.
        let threads: Vec<_> = (0..if world.is_embedded() { 16 } else { 4 }).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Sends one row's request as one caller. Returns what is wrong with the response.
fn ask(server: &Client, row: &Row, stage: &Stage<'_>, expected: u16) -> Option<String> {
    let request = stage.fill(row.path, &row.body);
    let refused = expected >= 400;
    let looked = (refused && !row.route.starts_with("GET")).then(|| stage.everything());
    let mut call = server.call(row.method(), &request.path);
    if !request.body.is_empty() {
        call = call.body("application/json", request.body);
    }
    let answer = stage.prove(call).send();
    let problem = |what: &str| Some(format!("{} by {}: {what}", row.route, stage.title()));
    if answer.status != expected {
        return problem(&format!("{} instead of {expected}: {}", answer.status, answer.text));
    }
    if refused {
        answer.problem(expected);
        if expected == 401 && answer.header("www-authenticate").is_none() {
            return problem("does not say how to prove who one is");
        }
    }
    if looked.is_some_and(|before| stage.everything() != before) {
        return problem("was refused, and changed something");
    }
    stage.leak(&answer.text).and_then(|secret| problem(&format!("holds {secret}: {}", answer.text)))
}
