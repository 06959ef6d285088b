//! The five reference systems: every route, parameter, status code and example in their documents is called with
//! httpie, as a user types it, on a fresh seed. `COMPATIBILITY.md` is generated from the same rows.

mod direct_messages;
mod fanout;
mod httpie;
mod microblog;
mod rest;
mod row;
mod shop;
mod table;

use std::path::PathBuf;

use twclone_testkit::{World, repository};

use self::httpie::Session;
use self::row::System;

/// Returns the systems, in the order of their documents.
fn systems() -> [System; 5] {
    [direct_messages::system(), microblog::system(), rest::system(), fanout::system(), shop::system()]
}

/// Runs all rows of a system in order. Later rows use what earlier ones created.
fn call_all(system: &System) {
    if !httpie::is_there() {
        return;
    }
    let world = World::new();
    let server = world.serve_seeded();
    let mut session = Session::new(&server);
    for row in &system.rows {
        row.call(&mut session);
    }
}

#[test]
fn direct_messages() {
    call_all(&direct_messages::system());
}

#[test]
fn microblog() {
    call_all(&microblog::system());
}

#[test]
fn rest_microservices() {
    call_all(&rest::system());
}

#[test]
fn jwt_fanout() {
    call_all(&fanout::system());
}

#[test]
fn paged_shop() {
    call_all(&shop::system());
}

/// Checks that `COMPATIBILITY.md` is up to date. With `UPDATE_COMPATIBILITY=1`, the file is rewritten.
#[test]
fn the_file_says_what_is_tested() {
    let path: PathBuf = repository().join("COMPATIBILITY.md");
    let made = table::write(&systems());
    if std::env::var_os("UPDATE_COMPATIBILITY").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let told = "run the tests with UPDATE_COMPATIBILITY=1, and look at what changes in COMPATIBILITY.md";
    assert!(std::fs::read_to_string(path).unwrap() == made, "{told}");
}

#[test]
fn every_row_has_a_test_of_its_own() {
    let mut names = Vec::new();
    for row in systems().iter().flat_map(|system| &system.rows) {
        assert!(!row.steps.is_empty(), "{} calls nothing", row.name);
        names.push(row.name);
    }
    names.sort_unstable();
    assert!(names.windows(2).all(|two| two[0] != two[1]), "two rows have one name");
}
