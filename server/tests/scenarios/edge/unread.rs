//! Responses that clients do not read: they take bounded memory, of which one address has half, and are ended soon.

use std::io::Read as _;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2::{self, SendRequest};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpStream;
use tokio_rustls::rustls::pki_types::CertificateDer;
use twclone_testkit::{Client, Server, Split, World, connect_from, json, repository};

use super::tls::{TLS, certificate, connect_over};
use super::wire::Wire;

/// The time within which a response ends if the client reads nothing of it.
const DEADLINE: Duration = Duration::from_secs(25);
/// The most additional memory, in KiB, that one address may cause.
const GROWTH: u64 = 150 * 1024;
const PAGE: &str = "/listmsg/kobe?limit=100";

/// Sends 100 messages of 31 KB each.
fn fill(server: &Client) {
    let text = format!("a{}", "\u{301}".repeat(15)).repeat(1_000);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    server.post("/sendmsg", &json!({ "to": "kobe", "msg": text })).mj().send().expect(201);
                }
            });
        }
    });
}

/// Returns the memory of a server, in KiB.
fn memory(server: &Server) -> u64 {
    measured(server, "VmRSS:")
}

/// Returns the growth of its memory, in KiB, once the allocator has returned what was freed.
fn settled(server: &Server, before: u64) -> u64 {
    let grown = || memory(server).saturating_sub(before);
    for _ in 0..20 {
        if grown() < GROWTH / 2 {
            break;
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    grown()
}

/// Returns the server's peak memory, in KiB.
fn peak(server: &Server) -> u64 {
    measured(server, "VmHWM:")
}

fn measured(server: &Server, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: here\r\nAuthorization: Basic bWo6YnVsbHM=\r\n\r\n")
}

/// Returns the status of a response, of which nothing more is read.
fn status(wire: &mut Wire) -> String {
    let mut head = [0; 12];
    wire.0.read_exact(&mut head).unwrap();
    String::from_utf8_lossy(&head[9..]).into_owned()
}

#[test]
fn answers_that_nobody_reads_take_a_bounded_room_for_a_bounded_time() {
    let world = World::new();
    leave_unread(&world.serve_seeded());
}

#[test]
fn so_they_do_at_a_gateway() {
    let world = World::new();
    leave_unread(Split::start(&world, 1).gateway());
}

/// Lets one address leave long responses unread.
fn leave_unread(server: &Server) {
    fill(server);
    let length = server.get(PAGE).mj().send().text.len();
    assert!(length > 3_000_000, "{length}");
    let before = memory(server);
    let mut kept: Vec<_> = (0..60)
        .map(|_| {
            let mut wire = Wire::to(server);
            wire.send(request(PAGE));
            wire
        })
        .collect();
    let statuses: Vec<_> = kept.iter_mut().map(status).collect();
    let begun = Instant::now();
    let count = |wanted: &str| statuses.iter().filter(|status| *status == wanted).count();
    assert!(count("200") >= 5 && count("503") >= 5 && count("200") + count("503") == 60, "{statuses:?}");
    let grown = settled(server, before);
    assert!(grown < GROWTH, "{grown} KiB");
    // All responses are made at the same time, before it is known that there is no room.
    let most = peak(server).saturating_sub(before);
    assert!(most < GROWTH * 2, "{most} KiB");
    // Clients that read are served. Those that do not are refused with 503 at once.
    let elsewhere = || sent(Wire::from_elsewhere(server)).answer();
    // On a machine that is busy with other tests, one may be late.
    assert!((0..5).any(|_| elsewhere().len() > length));
    server.get("/healthz").send().expect(200);
    // No client reads in time. What had been sent before can still be read.
    std::thread::sleep((begun + DEADLINE).saturating_duration_since(Instant::now()));
    for (wire, _) in kept.iter_mut().zip(&statuses).filter(|(_, status)| *status == "200") {
        wire.0.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let rest = wire.count_rest();
        assert!(rest.is_some_and(|rest| rest < length), "{rest:?}");
    }
    assert_eq!(server.get(PAGE).mj().send().text.len(), length);
    std::thread::sleep(Duration::from_secs(2));
    let left = memory(server).saturating_sub(before);
    assert!(left < GROWTH / 2, "{left} KiB");
}

fn sent(mut wire: Wire) -> Wire {
    wire.send(request(PAGE));
    wire
}

#[test]
fn who_reads_slowly_and_steadily_gets_all_of_an_answer() {
    let world = World::new();
    let server = &world.serve_seeded();
    fill(server);
    let length = server.get(PAGE).mj().send().text.len();
    let mut wire = sent(Wire::from_elsewhere(server));
    let (mut read, mut piece) = (0, vec![0; 32 * 1024]);
    let began = Instant::now();
    // Reads slowly for longer than the deadline, then reads the rest.
    while began.elapsed() < DEADLINE + Duration::from_secs(10) {
        read += wire.0.read(&mut piece).unwrap();
        std::thread::sleep(Duration::from_millis(500));
    }
    while read < length {
        match wire.0.read(&mut piece).unwrap() {
            0 => panic!("it ended after {read} of {length} bytes"),
            more => read += more,
        }
    }
}

/// Connects an HTTP/2 client whose window for each response has this many bytes.
async fn client(
    server: &Server,
    root: &CertificateDer<'static>,
    source: Ipv4Addr,
    window: u32,
) -> SendRequest<Empty<Bytes>> {
    let stream = connect_from(source, server);
    stream.set_nonblocking(true).unwrap();
    let stream = connect_over(TcpStream::from_std(stream).unwrap(), root, b"h2").await.unwrap();
    let (sender, connection) =
        http2::Builder::new(TokioExecutor::new()).initial_stream_window_size(window).handshake(stream).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn ask(sender: &mut SendRequest<Empty<Bytes>>, method: &str, path: &str) -> Response<Incoming> {
    let request = Request::builder().method(method).uri(format!("https://localhost{path}"));
    let request = request.header("Authorization", "Basic bWo6YnVsbHM=").body(Empty::new()).unwrap();
    sender.send_request(request).await.unwrap()
}

const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);

fn serve(world: &World) -> Server {
    let seed = repository().join("test-load.json");
    drop(world.serve_seeded());
    {
        let server = world.serve();
        fill(&server);
    }
    world.serve_with(&[&["--seed", seed.to_str().unwrap()], &TLS[..]].concat())
}

/// Returns whether a response ends by then, with an error.
async fn is_reset(answer: Response<Incoming>, by: Instant) -> bool {
    tokio::time::timeout_at(by.into(), answer.into_body().collect()).await.is_ok_and(|read| read.is_err())
}

#[tokio::test]
async fn streams_without_a_window_are_reset_and_take_no_room() {
    let world = World::new();
    let root = certificate(&world);
    let server = &serve(&world);
    // The caches that a page fills stay in memory.
    let mut elsewhere = client(server, &root, ELSEWHERE, 1_000_000).await;
    ask(&mut elsewhere, "GET", PAGE).await.into_body().collect().await.unwrap();
    let before = memory(server);
    let (mut senders, mut answers) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        let mut sender = client(server, &root, HERE, 0).await;
        for _ in 0..30 {
            answers.push((ask(&mut sender, "GET", "/openapi.json").await, Instant::now()));
        }
        // Also a response that is not the same for all clients.
        answers.push((ask(&mut sender, "GET", PAGE).await, Instant::now()));
        senders.push(sender);
    }
    assert!(answers.iter().filter(|(answer, _)| answer.status() == StatusCode::OK).count() > 600);
    let grown = settled(server, before);
    assert!(grown < GROWTH, "{grown} KiB");
    // All responses are made at the same time, before it is known that there is no room.
    let most = peak(server).saturating_sub(before);
    assert!(most < GROWTH * 2, "{most} KiB");
    let answer = ask(&mut elsewhere, "GET", PAGE).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.into_body().collect().await.unwrap().to_bytes().len() > 3_000_000);
    // Other streams of the connections are served meanwhile.
    for _ in 0..4 {
        for sender in &mut senders {
            assert_eq!(ask(sender, "HEAD", "/healthz").await.status(), StatusCode::OK);
        }
        tokio::time::sleep(Duration::from_secs(4)).await;
    }
    for (answer, at) in answers {
        let status = answer.status();
        assert!(is_reset(answer, at + DEADLINE).await, "{status}, {:?}", at.elapsed());
    }
    // The connection is still open, and there is room again.
    for sender in &mut senders {
        assert_eq!(ask(sender, "HEAD", PAGE).await.status(), StatusCode::OK);
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let left = memory(server).saturating_sub(before);
    assert!(left < GROWTH / 2, "{left} KiB");
}

#[tokio::test]
async fn a_connection_ends_that_leaves_the_last_of_an_answer_unread() {
    let world = World::new();
    let root = certificate(&world);
    let server = &serve(&world);
    // With a window of one byte, the server has given the rest to its library and is done with the stream.
    let mut sender = client(server, &root, HERE, 1).await;
    let answer = ask(&mut sender, "GET", "/listmsg/kobe?limit=1").await;
    assert_eq!(answer.status(), StatusCode::OK);
    let began = Instant::now();
    while !sender.is_closed() {
        assert!(began.elapsed() < Duration::from_secs(40), "it is still there");
        let _ = sender.send_request(Request::head("https://localhost/healthz").body(Empty::new()).unwrap()).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    assert!(began.elapsed() > Duration::from_secs(20), "{:?}", began.elapsed());
    drop(answer);
}
