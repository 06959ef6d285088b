//! Load at a fixed rate, against a server that stalls for a moment.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use twclone_bench::load::open;
use twclone_bench::load::wire::{self, Caller};

/// Duration of the stall.
const PAUSE: Duration = Duration::from_millis(300);

/// Starts a server, and returns its port. `answer` returns the status for the number of a request on its connection.
fn serve(answer: impl Fn(usize) -> &'static str + Send + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            talk(stream.unwrap(), &answer);
        }
    });
    port
}

fn talk(mut stream: TcpStream, answer: &impl Fn(usize) -> &'static str) {
    let ends = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    for (number, _) in ends.filter(String::is_empty).enumerate() {
        let status = answer(number);
        // A single write: the kernel could delay the second of two (Nagle's algorithm).
        let _ = stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok").as_bytes());
    }
}

#[test]
fn a_pause_is_in_the_percentiles_of_all_who_would_have_come_meanwhile() {
    let port = serve(|number| {
        if number == 50 {
            std::thread::sleep(PAUSE);
        }
        "200 OK"
    });
    let request = wire::get("/", &Caller::Anybody);
    let sample = open::run(port, 1, 200.0, Duration::from_secs(1), &[request]).unwrap();
    // 60 of the 200 requests were due during the pause, but only one was in flight.
    assert!(sample.p90 > 100_000.0, "{sample:?}");
    assert!(sample.max >= 300_000.0, "{sample:?}");
    assert!(sample.rate <= 200.0, "{sample:?}");
}

#[test]
fn what_is_refused_is_counted_apart() {
    let port = serve(|number| if number % 4 == 0 { "503 Service Unavailable" } else { "200 OK" });
    let request = wire::get("/", &Caller::Anybody);
    let sample = open::run(port, 1, 100.0, Duration::from_secs(1), &[request]).unwrap();
    assert_eq!(sample.failed, 25, "{sample:?}");
    assert!(sample.rate <= 75.0, "{sample:?}");
}
