//! A gateway and impostors in the place of a service.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{scope, spawn};
use std::time::{Duration, Instant};

use twclone_domain::registry::Service;
use twclone_testkit::{Split, World, json};

use super::fake::announce;
use crate::peers::{ANSWER, FIRST, HELLO, Terms, begin, dial};

/// The bytes received on each connection.
type Received = Arc<Mutex<Vec<Vec<u8>>>>;

/// Responds on every connection to the first bytes that it gets, and records all that it gets.
fn listen(listener: TcpListener, answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> Received {
    let (received, answer) = (Received::default(), Arc::new(answer));
    let kept = Arc::clone(&received);
    spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let place = {
                let mut kept = kept.lock().unwrap();
                kept.push(Vec::new());
                kept.len() - 1
            };
            let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
            spawn(move || {
                let (mut piece, mut is_first) = (vec![0; 64 * 1024], true);
                while let Ok(length @ 1..) = stream.read(&mut piece) {
                    kept.lock().unwrap()[place].extend_from_slice(&piece[..length]);
                    if std::mem::take(&mut is_first) {
                        let _ = stream.write_all(&answer(&piece[..length]));
                    }
                }
            });
        }
    });
    received
}

/// The response of an impostor.
type Answer = Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// Asserts that the gateway sent no more than it sends before it trusts: no proof, no request.
fn assert_nothing_was_learnt(received: &Received) {
    for connection in received.lock().unwrap().iter() {
        let told = String::from_utf8_lossy(connection);
        let is_hello = connection.is_empty() || connection.starts_with(HELLO);
        assert!(connection.len() <= FIRST && is_hello, "{told}");
    }
}

fn http() -> Vec<u8> {
    let body = r#"{"status":"ready","token":"x","expires_in":300}"#;
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[test]
fn who_takes_the_place_of_a_killed_service_is_told_nothing() {
    let world = World::new();
    let mut split = Split::start(&world, 1);
    let login = json!({ "username": "mj", "password": "bulls" });
    let tokens = split.post("/login", &login).send().expect(200);
    let address = split.lose(0);
    let received = listen(TcpListener::bind(address.trim_start_matches("http://")).unwrap(), |_| http());
    let calls = [
        split.get("/auth/sessions").mj(),
        split.post("/login", &login),
        split.get("/listmsg/mj").basic("mj", "bulls"),
        split.get("/auth/sessions").bearer(tokens["access_token"].as_str().unwrap()),
        split.post("/auth/refresh-token", &json!({ "refresh_token": tokens["refresh_token"] })),
    ];
    scope(|scope| {
        for call in calls {
            scope.spawn(|| call.send().problem(502));
        }
    });
    // By now the gateway has sent health checks, too.
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(!received.lock().unwrap().is_empty());
    assert_nothing_was_learnt(&received);
    assert!(split.gateway().log().contains("an instance was rejected"), "{}", split.gateway().log());
}

#[test]
fn nothing_but_a_proof_of_its_own_makes_a_gateway_believe() {
    let world = World::new();
    let split = Split::start(&world, 1);
    let auth = split.instance(0).address().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = Terms::of(&world, "auth", &listener.local_addr().unwrap().to_string());
    let guessed = Terms { secret: "x".repeat(43), ..own.clone() };
    let of_another_service = Terms { service: "users", ..own.clone() };
    let old = begin(&mut dial(&auth), &[7; 32]).unwrap().to_vec();
    let prove = |terms: Terms, role: &'static str| {
        move |first: &[u8]| {
            let nonce = [9; 32];
            [&HELLO[..], &nonce, &terms.prove(role, &first[16..], &nonce)].concat()
        }
    };
    // An impostor that relays the handshake to the real service, to get its proof.
    let relay = move |first: &[u8]| {
        let mut stream = dial(&auth);
        stream.write_all(first).unwrap();
        let mut answer = vec![0; ANSWER];
        stream.read_exact(&mut answer).unwrap();
        answer
    };
    let lies: Vec<(&str, Answer)> = vec![
        ("http", Box::new(|_| http())),
        ("silence", Box::new(|_| Vec::new())),
        ("an old answer", Box::new(move |_| old.clone())),
        ("the gateway's own words", Box::new(|first| [first, &first[16..]].concat())),
        ("another secret", Box::new(prove(guessed, "service"))),
        ("another role", Box::new(prove(own.clone(), "gateway"))),
        ("another service", Box::new(prove(of_another_service, "service"))),
        ("a relayed answer", Box::new(relay)),
    ];
    let names: Vec<_> = lies.iter().map(|(name, _)| *name).collect();
    let turn = Arc::new(AtomicUsize::new(0));
    let received = {
        let turn = Arc::clone(&turn);
        listen(listener, move |first| lies[turn.load(Ordering::Relaxed)].1(first))
    };
    let _announced = announce(&world, Service::Auth, &own.address);
    for (place, name) in names.into_iter().enumerate() {
        turn.store(place, Ordering::Relaxed);
        let (before, began) = (received.lock().unwrap().len(), Instant::now());
        while received.lock().unwrap().len() < before + 2 {
            assert!(began.elapsed() < Duration::from_secs(10), "{name}: nobody came");
            // The real service is available.
            split.get("/auth/sessions").mj().send().expect(200);
        }
        assert_nothing_was_learnt(&received);
    }
    drop(split);
    assert_nothing_was_learnt(&received);
}
