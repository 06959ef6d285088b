//! Rate limits.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use twclone_testkit::{Answer, Server, World, json, repository};

fn serve(world: &World, flags: &[&str]) -> Server {
    let seed = repository().join("test-load.json");
    world.serve_with(&[&["--seed", seed.to_str().unwrap()], flags].concat())
}

fn fail(server: &Server, name: &str) -> Answer {
    server.get("/listmsg/mj").basic(name, "wrong").send()
}

fn without_request(answer: &Answer) -> String {
    let mut problem = answer.json();
    problem["request_id"].take();
    problem.to_string()
}

#[test]
fn who_fails_too_often_is_told_so_and_the_owner_gets_in() {
    let world = World::new();
    let server = serve(&world, &["--login-failures-per-account", "3/10m"]);
    for _ in 0..3 {
        fail(&server, "mj").problem(401);
    }
    let slowed = fail(&server, "mj");
    slowed.problem(429);
    let wait: u32 = slowed.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=600).contains(&wait), "{wait}");
    // This holds for any spelling of the name and any way to log in. An unknown name gets the same response.
    fail(&server, "MJ").problem(429);
    server.post("/login", &json!({"username": "mj", "password": "wrong"})).send().problem(429);
    for _ in 0..3 {
        fail(&server, "nobody_at_all").problem(401);
    }
    assert_eq!(without_request(&fail(&server, "nobody_at_all")), without_request(&fail(&server, "mj")));
    // The right password is always accepted, and other accounts are unaffected.
    server.get("/listmsg/mj").mj().send().expect(200);
    server.post("/login", &json!({"username": "mj", "password": "bulls"})).send().expect(200);
    fail(&server, "chris").problem(401);
}

#[test]
fn an_address_that_fails_too_often_is_slowed_for_all_accounts() {
    let world = World::new();
    let server = serve(&world, &["--login-failures-per-address", "3/10m", "--trusted-proxies", "127.0.0.1"]);
    let fail = |name: &str, address: &str| {
        server.get("/listmsg/mj").basic(name, "wrong").header("X-Forwarded-For", address).send().status
    };
    for name in ["a", "b", "c"] {
        assert_eq!(fail(name, "203.0.113.9"), 401);
    }
    assert_eq!(fail("d", "203.0.113.9"), 429);
    assert_eq!(fail("d", "203.0.113.10"), 401);
    // A client with one address of a /64 has all of them.
    for (place, status) in [(1, 401), (2, 401), (3, 401), (4, 429)] {
        assert_eq!(fail("e", &format!("2001:db8::{place}")), status);
    }
    assert_eq!(fail("e", "2001:db8:0:1::1"), 401);
}

#[test]
fn failures_are_forgotten_with_time() {
    let world = World::new();
    let server = serve(&world, &["--login-failures-per-account", "2/8s"]);
    fail(&server, "mj").problem(401);
    fail(&server, "mj").problem(401);
    fail(&server, "mj").problem(429);
    std::thread::sleep(Duration::from_millis(4_300));
    fail(&server, "mj").problem(401);
}

#[test]
fn sign_ups_of_an_address_are_bounded() {
    let world = World::new();
    let server = serve(&world, &["--sign-ups-per-address", "2/1h"]);
    let sign_up = |name: &str| {
        let body = json!({"username": name, "email": "x@example.com", "password": "worm of 1991"});
        server.post("/register", &body).send()
    };
    sign_up("one").expect(201);
    // Sign-ups that are refused for other reasons are not counted.
    sign_up("one").problem(409);
    sign_up("new").problem(422);
    sign_up("two").expect(201);
    let refused = sign_up("three");
    refused.problem(429);
    assert!(refused.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
    server.get("/user/data/three").send().problem(404);
}

#[test]
fn requests_of_an_account_are_counted_and_told() {
    let world = World::new();
    let server = serve(&world, &["--requests-per-account", "4/1m"]);
    let ask = || server.get("/listmsg/mj").mj().send();
    let first = ask();
    assert_eq!(first.header("ratelimit-policy"), Some("\"account\";q=4;w=60"));
    assert!(first.header("ratelimit").unwrap().starts_with("\"account\";r=3;t="), "{first:?}");
    assert!(ask().header("ratelimit").unwrap().starts_with("\"account\";r=2;t="));
    ask().expect(200);
    ask().expect(200);
    let refused = ask();
    refused.problem(429);
    assert!(refused.header("retry-after").is_some());
    assert!(refused.header("ratelimit").unwrap().starts_with("\"account\";r=0;t="), "{refused:?}");
    // Another account is unaffected, and anonymous requests have no rate.
    server.get("/listmsg/chris").basic("chris", "password2").send().expect(200);
    assert_eq!(server.get("/users/all").send().header("ratelimit"), None);
    let world = World::new();
    let off = serve(&world, &["--requests-per-account", "off"]);
    assert_eq!(off.get("/listmsg/mj").mj().send().header("ratelimit"), None);
}

#[test]
fn rates_that_make_no_sense_are_named() {
    let world = World::new();
    for wrong in ["10", "0/5m", "10/0", "ten/5m", "10/2000h", "-1/5m"] {
        let mut command = world.command("twclone-server");
        let output = command.args(["--port", "0", &format!("--requests-per-account={wrong}")]).output().unwrap();
        // The exit code for any invalid flag.
        assert_eq!(output.status.code(), Some(2));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains("requests-per-account") && text.contains(wrong), "{text}");
        let file = world.file("wrong.toml", &format!("requests-per-account = \"{wrong}\"\n"));
        let output = world.command("twclone-server").arg("--config").arg(file).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains("requests-per-account") && text.contains(wrong) && text.contains("wrong.toml"), "{text}");
    }
}

#[test]
fn of_many_attempts_beyond_the_rate_a_few_are_looked_at_and_the_others_refused_at_once() {
    let world = World::embedded();
    let server = serve(&world, &["--login-failures-per-account", "1/10m", "--bcrypt-cost", "10"]);
    fail(&server, "mj").problem(401);
    let before = server.metric("twclone_bcrypt_total");
    let start = std::sync::Barrier::new(64);
    std::thread::scope(|scope| {
        for guess in 0..64 {
            let (server, start) = (&server, &start);
            scope.spawn(move || {
                start.wait();
                server.get("/listmsg/mj").basic("mj", &format!("guess {guess}")).send().problem(429);
            });
        }
    });
    let looked_at = server.metric("twclone_bcrypt_total") - before;
    assert!((1..=20).contains(&looked_at), "{looked_at}");
    server.get("/listmsg/mj").mj().send().expect(200);
}

#[test]
fn an_owner_is_not_slowed_where_he_proved_himself_before() {
    let world = World::new();
    let server = serve(&world, &["--login-failures-per-account", "3/10m", "--trusted-proxies", "127.0.0.1"]);
    let try_it = |password: &str, address: &str| {
        server.get("/listmsg/mj").basic("mj", password).header("X-Forwarded-For", address).send().status
    };
    assert_eq!(try_it("bulls", "203.0.113.1"), 200);
    for place in 2..5 {
        assert_eq!(try_it("wrong", &format!("203.0.113.{place}")), 401);
    }
    assert_eq!(try_it("wrong", "203.0.113.5"), 429);
    assert_eq!(try_it("wrong", "203.0.113.1"), 401);
    // From any other address, the right password is accepted, too.
    assert_eq!(try_it("bulls", "203.0.113.6"), 200);
}

#[test]
fn of_many_guesses_at_once_no_more_are_within_the_rate_than_one_after_the_other() {
    let world = World::new();
    let server = serve(&world, &["--login-failures-per-account", "5/10m", "--bcrypt-cost", "8"]);
    let start = std::sync::Barrier::new(16);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let guessing = (0..16).map(|guess| {
            let (server, start) = (&server, &start);
            scope.spawn(move || {
                start.wait();
                server.get("/listmsg/mj").basic("mj", &format!("guess {guess}")).send().status
            })
        });
        let guessing: Vec<_> = guessing.collect();
        guessing.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let within = statuses.iter().filter(|status| **status == 401).count();
    assert!((1..=7).contains(&within), "{statuses:?}");
    assert!(statuses.iter().all(|status| [401, 429].contains(status)), "{statuses:?}");
}

/// Does something on 24 threads while something else is done, for at most 30 s.
fn while_flooded(flood: impl Fn(usize) + Sync, done: impl FnOnce()) {
    let (over, deadline) = (AtomicBool::new(false), std::time::Instant::now() + Duration::from_secs(30));
    std::thread::scope(|scope| {
        for number in 0..24 {
            let (flood, over) = (&flood, &over);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) && std::time::Instant::now() < deadline {
                    flood(number);
                }
            });
        }
        std::thread::sleep(Duration::from_millis(1_500));
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(done));
        over.store(true, Ordering::Relaxed);
        if let Err(panic) = done {
            std::panic::resume_unwind(panic);
        }
    });
}

const FROM_MANY: [&str; 4] = ["--bcrypt-cost", "10", "--trusted-proxies", "127.0.0.1"];

fn log_in_from(server: &Server, address: &str, name: &str, password: &str) -> u16 {
    let body = json!({"username": name, "password": password});
    server.post("/login", &body).header("X-Forwarded-For", address).send().status
}

#[test]
fn the_owner_gets_in_while_another_address_guesses() {
    let world = World::embedded();
    let server = serve(&world, &FROM_MANY);
    while_flooded(
        |guesser| {
            let guess = format!("wrong {guesser} {:?}", std::time::Instant::now());
            let status = log_in_from(&server, "203.0.113.1", "mj", &guess);
            assert!([401, 429, 503].contains(&status), "{status}");
        },
        || {
            let statuses =
                ["203.0.113.2", "203.0.113.3", "2001:db8::1"].map(|own| log_in_from(&server, own, "mj", "bulls"));
            assert_eq!(statuses, [200, 200, 200]);
        },
    );
}

#[test]
fn sign_ups_and_new_passwords_of_one_address_leave_others_their_logins() {
    let world = World::embedded();
    let server = serve(&world, &FROM_MANY);
    let sign_up = |password: &str| {
        let body = json!({"username": "own", "email": "o@example.com", "password": password});
        let call = server.post("/register", &body).header("Idempotency-Key", "k1");
        call.header("X-Forwarded-For", "203.0.113.1").send()
    };
    sign_up("three plain words").expect(201);
    let change = |_: usize| {
        let call = server.call("PATCH", "/user/").basic("own", "three plain words");
        let call = call.header("X-Forwarded-For", "203.0.113.1");
        drop(call.body("application/json", json!({"password": "three plain words"}).to_string()).send());
    };
    let others = || {
        for place in 2..6 {
            let own = format!("203.0.113.{place}");
            assert_eq!(log_in_from(&server, &own, "chris", "password2"), 200);
            assert_eq!(log_in_from(&server, &own, "steve", "password2"), 200);
        }
    };
    while_flooded(change, others);
    while_flooded(|_| drop(sign_up("a wrong guess")), others);
}

#[test]
fn a_sign_up_again_costs_no_bcrypt_and_is_no_way_to_guess() {
    let world = World::embedded();
    let server = serve(&world, &["--login-failures-per-account", "3/10m", "--bcrypt-cost", "4"]);
    let sign_up = |password: &str| {
        let body = json!({"username": "own", "email": "o@example.com", "password": password});
        server.post("/register", &body).header("Idempotency-Key", "k1").send()
    };
    let first = sign_up("three plain words").expect(201);
    let before = server.metric("twclone_bcrypt_total");
    for _ in 0..5 {
        let again = sign_up("three plain words");
        assert_eq!((again.expect(201), again.header("idempotency-replayed")), (first.clone(), Some("true")));
    }
    for _ in 0..3 {
        sign_up("a wrong guess").problem(422);
    }
    sign_up("a wrong guess").problem(429);
    sign_up("three plain words").problem(429);
    assert_eq!(server.metric("twclone_bcrypt_total"), before);
    fail(&server, "own").problem(429);
    server.post("/login", &json!({"username": "own", "password": "three plain words"})).send().expect(200);
}

#[test]
fn an_aborted_attempt_counts() {
    let world = World::embedded();
    let server = serve(&world, &["--login-failures-per-account", "3/10m", "--bcrypt-cost", "11"]);
    for guess in 0..3 {
        let mut stream = TcpStream::connect(server.address().trim_start_matches("http://")).unwrap();
        let body = format!("username=mj&password=guess{guess}");
        let head = "POST /login HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded";
        write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        std::thread::sleep(Duration::from_millis(60));
        drop(stream);
        std::thread::sleep(Duration::from_millis(500));
    }
    fail(&server, "mj").problem(429);
    server.post("/login", &json!({"username": "mj", "password": "bulls"})).send().expect(200);
}

#[test]
fn where_the_owner_has_logged_in_guesses_are_counted_too() {
    let world = World::embedded();
    let server = serve(&world, &["--login-failures-per-account", "3/10m"]);
    server.post("/login", &json!({"username": "mj", "password": "bulls"})).send().expect(200);
    for _ in 0..3 {
        fail(&server, "mj").problem(401);
    }
    fail(&server, "mj").problem(429);
    // Failures from this address have a rate of their own. The account's own is untouched.
    server.get("/listmsg/mj").mj().send().expect(200);
}

#[test]
fn a_failed_login_is_in_the_audit_of_its_account() {
    let world = World::embedded();
    let server = serve(&world, &[]);
    let failed = fail(&server, "mj");
    failed.problem(401);
    let request = failed.header("x-request-id").unwrap().to_owned();
    let deadline = std::time::Instant::now() + Duration::from_secs(5);
    loop {
        let events = server.get("/users/mj/audit").mj().send().expect(200)["events"].as_array().unwrap().clone();
        if let Some(event) = events.iter().find(|event| event["what"] == "login-failed") {
            assert_eq!(
                (event["request-id"].as_str(), &event["actor"]),
                (Some(request.as_str()), &json!(null)),
                "{event}"
            );
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{events:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
