use std::thread::scope;
use std::time::{Duration, Instant};

use twclone_domain::registry::Service;
use twclone_testkit::{World, json};

use super::fake::Fake;

#[test]
fn what_no_key_makes_safe_is_not_done_twice() {
    let world = World::new();
    // These services send no responses, so the outcome of a request is unknown.
    let [auth, messages] =
        [Service::Auth, Service::Messages].map(|service| Fake::start(&world, service, |_| String::new()));
    let gateway = world.serve_with(&["gateway"]);
    let token = gateway.post("/auth/refresh-token", &json!({ "refresh_token": "x" }));
    token.header("Idempotency-Key", "a").send().problem(502);
    assert_eq!(auth.asked(), 1);
    let message = json!({ "to": "kobe", "msg": "hello" });
    gateway.post("/sendmsg", &message).bearer("x").send().problem(502);
    assert_eq!(messages.asked(), 1);
    gateway.post("/sendmsg", &message).bearer("x").header("Idempotency-Key", "a").send().problem(502);
    assert!(messages.asked() > 2);
}

#[test]
fn those_who_are_refused_do_not_stand_in_line() {
    let world = World::new();
    let auth = Fake::start(&world, Service::Auth, |_| {
        std::thread::sleep(Duration::from_millis(300));
        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()
    });
    let _messages = Fake::start(&world, Service::Messages, |_| String::new());
    let gateway = world.serve_with(&["gateway"]);
    let began = Instant::now();
    scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| assert_eq!(gateway.get("/listmsg/mj").basic("mj", "wrong").send().status, 401));
        }
    });
    // In sequence, this would take ten seconds.
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(auth.asked(), 32);
}

#[test]
fn who_asks_often_whether_all_is_well_does_not_have_everybody_asked() {
    let world = World::new();
    let messages = Fake::start(&world, Service::Messages, |_| String::new());
    let gateway = world.serve_with(&["gateway"]);
    scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| (0..25).for_each(|_| drop(gateway.get("/readyz").send())));
        }
    });
    // Once for all 16, or twice if they do not coincide, and the gateway's own checks.
    assert!(messages.checked() <= 100, "{} times", messages.checked());
}

#[test]
fn a_service_that_hangs_leaves_room_for_others() {
    let world = World::new();
    let _messages = Fake::start(&world, Service::Messages, |_| {
        std::thread::sleep(Duration::from_secs(6));
        String::new()
    });
    let _timeline = Fake::start(&world, Service::Timeline, |_| {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}".to_owned()
    });
    let gateway = world.serve_with(&["gateway", "--requests-at-a-time", "8"]);
    scope(|scope| {
        let hanging: Vec<_> =
            (0..16).map(|_| scope.spawn(|| gateway.get("/listmsg/mj").bearer("x").send().status)).collect();
        std::thread::sleep(Duration::from_millis(500));
        let began = Instant::now();
        gateway.get("/publicTimeline").send().expect(200);
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        let statuses: Vec<_> = hanging.into_iter().map(|hanging| hanging.join().unwrap()).collect();
        assert!(statuses.iter().filter(|status| **status == 503).count() >= 8, "{statuses:?}");
    });
}
