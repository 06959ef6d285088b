//! A link does to connections what it is told to.

mod ends;
mod kit;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};
use std::time::Duration;

use kit::{QUIET, SOON, ask, connect, goes_on, hear, hear_to, is_quiet, say, server, time};
use twclone_testkit::{Condition, Link};

#[test]
fn a_fair_link_passes_everything_and_ends_as_its_two_sides_do() {
    let (address, seen) = server();
    let link = Link::to(&address);
    let mut client = connect(&link);
    assert_eq!(ask(&mut client, "one"), "[one]");
    assert_eq!(ask(&mut client, "two"), "[two]");
    client.shutdown(Shutdown::Write).unwrap();
    // Who has said everything still hears.
    assert_eq!(hear(&mut client, 3), "bye");
    assert_eq!(goes_on(&mut client), Ok(0));
    assert_eq!(seen.iter().take(3).collect::<Vec<_>>(), [&b"one"[..], b"two", b""]);
    assert_eq!(ask(&mut connect(&link), "another"), "[another]");
    assert_eq!(link.connections(), 2);
}

#[test]
fn much_passes_in_its_order() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let link = Link::to(&listener.local_addr().unwrap().to_string());
    let sent: Vec<_> = (0..8_000_000_u32).map(|place| place.to_le_bytes()[place as usize % 4]).collect();
    let mut client = connect(&link);
    let mut server = listener.accept().unwrap().0;
    link.set(Condition::Latency(Duration::from_millis(5)));
    std::thread::scope(|scope| {
        scope.spawn(|| client.write_all(&sent).and_then(|()| client.shutdown(Shutdown::Write)).unwrap());
        let mut came = Vec::new();
        server.read_to_end(&mut came).unwrap();
        assert!(came == sent);
    });
}

#[test]
fn latency_delays_each_piece_by_the_same() {
    let (address, _seen) = server();
    let link = Link::to(&address);
    let (mut client, latency) = (connect(&link), Duration::from_millis(40));
    assert_eq!(ask(&mut client, "fair"), "[fair]");
    link.set(Condition::Latency(latency));
    assert!(time(|| assert_eq!(ask(&mut client, "late"), "[late]")) >= 2 * latency);
    assert!(time(|| assert_eq!(ask(&mut connect(&link), "new"), "[new]")) >= 2 * latency);
    // What is sent while another piece is under way does not wait for that, and does not overtake it.
    let taken = time(|| {
        for place in 0..8 {
            say(&mut client, &place.to_string());
            std::thread::sleep(latency / 8);
        }
        assert_eq!(hear_to(&mut client, '7'), "01234567");
    });
    assert!((2 * latency..8 * latency).contains(&taken), "{taken:?}");
    say(&mut client, "once more");
    link.set(Condition::Fair);
    assert_eq!(hear(&mut client, 11), "[once more]");
}

#[test]
fn a_link_that_drips_passes_a_byte_at_a_time() {
    let (address, _seen) = server();
    let link = Link::to(&address);
    let mut client = connect(&link);
    let drip = Duration::from_millis(5);
    link.set(Condition::Drip(drip));
    say(&mut client, "drop");
    // Of the four that come at least six come back.
    assert!(time(|| assert_eq!(hear_to(&mut client, 'p'), "drop")) >= 6 * drip);
    assert!(time(|| assert_eq!(ask(&mut client, "!"), "[!]")) >= 4 * drip);
    // The rest of what is under way comes at once when the link is fair again.
    link.set(Condition::Drip(Duration::from_mins(1)));
    say(&mut client, "all of it");
    is_quiet(&mut client);
    link.set(Condition::Fair);
    assert_eq!(hear(&mut client, 11), "[all of it]");
}

#[test]
fn on_a_silent_link_nothing_passes_and_connections_stay() {
    let (address, seen) = server();
    let link = Link::to(&address);
    let mut before = connect(&link);
    assert_eq!(ask(&mut before, "heard"), "[heard]");
    link.set(Condition::Silent);
    let mut after = connect(&link);
    let mut gone = connect(&link);
    for client in [&mut before, &mut after, &mut gone] {
        say(client, "lost");
        is_quiet(client);
    }
    // Nor that somebody went away.
    drop(gone);
    assert_eq!(seen.recv_timeout(SOON).unwrap(), b"heard");
    assert!(seen.recv_timeout(QUIET).is_err());
    link.set(Condition::Fair);
    assert_eq!(seen.recv_timeout(SOON).unwrap(), b"");
    for client in [&mut before, &mut after] {
        assert_eq!(ask(client, "heard again"), "[heard again]");
    }
    assert_eq!(link.connections(), 3);
}

#[test]
fn a_link_leads_elsewhere_from_the_next_connection_on() {
    let (one, seen_by_one) = server();
    let (other, seen_by_other) = server();
    let link = Link::to(&one);
    let mut before = connect(&link);
    assert_eq!(ask(&mut before, "one"), "[one]");
    link.retarget(&other);
    assert_eq!(ask(&mut connect(&link), "other"), "[other]");
    assert_eq!(ask(&mut before, "still one"), "[still one]");
    assert_eq!(seen_by_other.recv().unwrap(), b"other");
    assert_eq!(seen_by_one.iter().take(2).collect::<Vec<_>>(), [&b"one"[..], b"still one"]);
}
