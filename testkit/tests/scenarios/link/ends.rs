//! How connections end.

use std::io::{ErrorKind, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use twclone_testkit::{Condition, Link};

use super::kit::{QUIET, SOON, ask, connect, goes_on, hear, is_quiet, is_reset, say, server};

#[test]
fn a_link_that_refuses_is_as_if_nobody_listened() {
    let (address, _seen) = server();
    let link = Link::to(&address);
    for _ in 0..20 {
        let mut client = connect(&link);
        assert_eq!(ask(&mut client, "before"), "[before]");
        link.set(Condition::Refuse);
        is_reset(&mut client);
        for _ in 0..3 {
            assert_eq!(TcpStream::connect(link.address()).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        }
        link.set(Condition::Fair);
        assert_eq!(ask(&mut connect(&link), "after"), "[after]");
    }
    assert_eq!(link.connections(), 40);
    let (address, mut client) = (link.address(), connect(&link));
    assert_eq!(ask(&mut client, "to the end"), "[to the end]");
    drop(link);
    is_reset(&mut client);
    assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn a_link_that_resets_does_so_at_once_and_with_new_connections() {
    let (address, seen) = server();
    let link = Link::to(&address);
    let mut client = connect(&link);
    assert_eq!(ask(&mut client, "before"), "[before]");
    // Nor does what is under way arrive.
    link.set(Condition::Latency(Duration::from_mins(1)));
    say(&mut client, "never");
    link.set(Condition::Reset);
    is_reset(&mut client);
    for _ in 0..3 {
        is_reset(&mut connect(&link));
    }
    assert_eq!(seen.iter().take(2).collect::<Vec<_>>(), [&b"before"[..], b""]);
    assert!(seen.recv_timeout(QUIET).is_err(), "a connection that was reset came to the server");
    link.set(Condition::Fair);
    assert_eq!(ask(&mut connect(&link), "after"), "[after]");
    assert_eq!(link.connections(), 5);
}

#[test]
fn somebody_who_does_not_read_is_reset_as_well() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let link = Link::to(&listener.local_addr().unwrap().to_string());
    let client = connect(&link);
    let mut server = listener.accept().unwrap().0;
    server.set_write_timeout(Some(QUIET)).unwrap();
    while server.write(&[0; 8_192]).is_ok() {}
    link.set(Condition::Reset);
    server.set_write_timeout(Some(SOON)).unwrap();
    let error = std::iter::repeat_with(|| server.write(&[0; 8_192])).find_map(Result::err).unwrap();
    assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error:?}");
    drop(client);
}

#[test]
fn a_half_closed_link_ends_answers_and_takes_what_comes() {
    let (address, seen) = server();
    let link = Link::to(&address);
    let mut before = connect(&link);
    assert_eq!(ask(&mut before, "before"), "[before]");
    assert_eq!(seen.recv().unwrap(), b"before");
    link.set(Condition::HalfClose(3));
    for client in [&mut before, &mut connect(&link)] {
        say(client, "cut");
        assert_eq!(hear(client, 3), "[cu");
        assert_eq!(goes_on(client), Ok(0));
        say(client, "still");
        assert_eq!(seen.iter().take(2).collect::<Vec<_>>(), [b"cut".to_vec(), b"still".to_vec()]);
    }
    link.set(Condition::Fair);
    assert_eq!(ask(&mut connect(&link), "after"), "[after]");
}

#[test]
fn a_link_that_cuts_resets_in_the_midst_of_an_answer() {
    let (address, seen) = server();
    let link = Link::to(&address);
    let mut before = connect(&link);
    assert_eq!(ask(&mut before, "before"), "[before]");
    link.set(Condition::Cut(7));
    for client in [&mut before, &mut connect(&link)] {
        // All answers since the order count.
        assert_eq!(ask(client, "a"), "[a]");
        say(client, "much more");
        assert_eq!(hear(client, 4), "[muc");
        is_reset(client);
    }
    link.set(Condition::Cut(0));
    let mut client = connect(&link);
    is_quiet(&mut client);
    say(&mut client, "nothing");
    is_reset(&mut client);
    // What was asked had come.
    assert!(seen.iter().any(|piece| piece == b"nothing"));
}

#[test]
fn a_server_that_is_not_there_or_resets_is_one_through_the_link() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let link = Link::to(&listener.local_addr().unwrap().to_string());
    let mut client = connect(&link);
    say(&mut client, "what is not read when it ends makes the end a reset");
    let server = listener.accept().unwrap().0;
    assert_eq!(server.peek(&mut [0; 1]).unwrap(), 1);
    drop(server);
    is_reset(&mut client);
    drop(listener);
    is_reset(&mut connect(&link));
    link.set(Condition::Silent);
    let mut client = connect(&link);
    is_quiet(&mut client);
    link.set(Condition::Fair);
    is_reset(&mut client);
}
