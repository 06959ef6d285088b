use std::time::{Duration, Instant};

use twclone_testkit::{Answer, Client, Condition, Link, Split, World, json};

fn write(client: &Client) -> Answer {
    client.post("/sendmsg", &json!({ "to": "kobe", "from": "jordan", "msg": "hello" })).mj().send()
}

/// Waits until a condition holds; for `most` at most.
fn time_until(what: &str, most: Duration, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < most, "{what}: not within {most:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Checks what clients see of a store that hangs, and of one that is unreachable.
fn a_store_fails(client: &Client, link: &Link) {
    write(client).expect(201);
    let is_ready = || client.get("/readyz").send().status == 200;
    link.set(Condition::Silent);
    for path in ["/listmsg/kobe", "/homeTimeline", "/publicTimeline"] {
        let began = Instant::now();
        let answer = client.get(path).mj().send();
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(began.elapsed() < Duration::from_secs(3), "{path}: {:?}", began.elapsed());
    }
    let began = Instant::now();
    write(client).problem(503);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    time_until("not ready: it hangs", Duration::from_secs(2), || !is_ready());
    link.set(Condition::Fair);
    time_until("back", Duration::from_secs(5), || is_ready() && write(client).status == 201);
    link.set(Condition::Refuse);
    time_until("not ready: it is away", Duration::from_secs(2), || !is_ready());
    assert_eq!(write(client).status, 502);
    assert_eq!(client.get("/listmsg/kobe").mj().send().status, 502);
    // Longer than an instance without heartbeats is remembered.
    std::thread::sleep(Duration::from_secs(9));
    link.set(Condition::Fair);
    time_until("back again", Duration::from_secs(5), || is_ready() && write(client).status == 201);
}

#[test]
fn one_process_says_so_and_comes_back() {
    let Some((world, link)) = World::over(Link::to) else { return };
    let server = world.serve_seeded();
    a_store_fails(&server, &link);
}

#[test]
fn behind_a_gateway_it_is_the_same() {
    let Some((world, link)) = World::over(Link::to) else { return };
    let split = Split::start(&world, 1);
    a_store_fails(&split, &link);
}
