//! Signals that stop a server.

use std::io::Write as _;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use twclone_testkit::{Client, World, json};

fn tell(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_second_signal_ends_a_server_at_once() {
    for (first, second, code) in [("-INT", "-INT", 130), ("-TERM", "-TERM", 143), ("-INT", "-TERM", 143)] {
        let world = World::new();
        // It was free a moment ago, and is not given to another process so soon.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = world.command("twclone-server");
        command.args(["--port", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let client = Client::new(format!("http://127.0.0.1:{port}"));
        let end = Instant::now() + Duration::from_mins(1);
        while client.get("/healthz").try_send().is_none() {
            assert!(Instant::now() < end, "it does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        // Half a body keeps the request running.
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(b"POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\nusername=").unwrap();
        std::thread::sleep(Duration::from_millis(300));
        tell(&child, first);
        std::thread::sleep(Duration::from_secs(1));
        assert_eq!(child.try_wait().unwrap(), None, "one signal leaves it time");
        tell(&child, second);
        let end = Instant::now() + Duration::from_secs(5);
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break Some(status),
                None if Instant::now() > end => break None,
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        let _ = child.kill();
        let _ = child.wait();
        assert_eq!(status.map(|status| status.code()), Some(Some(code)), "{first} {second}");
        drop(stream);
    }
}

#[test]
fn a_stop_closes_the_stores() {
    let world = World::embedded();
    let server = world.serve_seeded();
    server.post("/sendmsg", &json!({"to": "kobe", "msg": "hello"})).mj().send().expect(201);
    assert_eq!(server.stop(), Some(0));
    for log in ["items.db-wal", "identity.db-wal"] {
        // Closing a database last, after all of its threads, removes its log.
        assert!(!world.data().join(log).exists(), "{log} was left");
    }
}

#[test]
fn a_stop_waits_for_no_request_longer_than_the_readme_says() {
    let world = World::new();
    let mut server = world.serve();
    let mut stream = TcpStream::connect(server.address().trim_start_matches("http://")).unwrap();
    stream.write_all(b"POST /login HTTP/1.1\r\nHost: h\r\nContent-Length: 65536\r\n\r\n").unwrap();
    // Just fast enough not to time out.
    let slow = std::thread::spawn(move || {
        while stream.write_all(&[b'x'; 256]).is_ok() {
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    std::thread::sleep(Duration::from_secs(1));
    let told = Instant::now();
    assert!(Command::new("kill").arg(server.process().to_string()).status().unwrap().success());
    server.ended();
    let took = told.elapsed();
    assert!((Duration::from_secs(5)..Duration::from_secs(30)).contains(&took), "{took:?}");
    assert!(server.log().contains("stopping with unanswered requests"), "{}", server.log());
    slow.join().unwrap();
}
