//! One address never has everything: the others are served, whatever it does.

use std::io::ErrorKind;
use std::time::Duration;

use twclone_testkit::World;

use super::wire::Wire;

const GET: &str = "GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n";

/// Whether a request on this connection is answered with 200; `false` where it is refused or closed.
fn is_served(wire: &mut Wire) -> bool {
    wire.0.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    wire.send(GET);
    let mut head = [0; 15];
    match std::io::Read::read_exact(&mut wire.0, &mut head) {
        Ok(()) => head.starts_with(b"HTTP/1.1 200 "),
        Err(error) => {
            assert!(!matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "it is not answered");
            false
        }
    }
}

#[test]
fn as_many_connections_as_the_system_allows_are_served() {
    let world = World::new();
    let server = &world.serve_limited("-S -n 64");
    let mut kept: Vec<_> = (0..300).map(|_| Wire::to(server)).collect();
    for (number, wire) in kept.iter_mut().enumerate() {
        assert!(is_served(wire), "{number}");
    }
}

#[test]
fn one_address_has_half_of_the_connections_that_the_open_files_allow() {
    let world = World::new();
    let server = &world.serve_limited("-n 400");
    let mut kept: Vec<_> = (0..150).map(|_| Wire::to(server)).collect();
    let served = kept.iter_mut().filter_map(|wire| is_served(wire).then_some(())).count();
    assert_eq!(served, 100);
    let mut others: Vec<_> = (0..100).map(|_| Wire::from_elsewhere(server)).collect();
    for wire in &mut others {
        assert!(is_served(wire));
    }
}
