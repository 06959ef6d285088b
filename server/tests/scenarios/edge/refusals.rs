use std::time::{Duration, Instant};

use twclone_testkit::{Server, World};

use super::wire::Wire;

/// Returns requests that two servers could parse differently, with words of the response that say why it is refused.
fn forms() -> Vec<(&'static str, String, u16, &'static str)> {
    let get = |headers: &str| format!("GET /healthz HTTP/1.1\r\n{headers}\r\n");
    let post = |headers: &str, body: &str| {
        format!("POST /login HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n{headers}\r\n{body}")
    };
    vec![
        ("both lengths", post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400, "both"),
        ("both lengths, the other way", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", ""), 400, "both"),
        ("two lengths", post("Content-Length: 2\r\nContent-Length: 3\r\n", "{} "), 400, "more than once"),
        ("a length twice", post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"), 400, "more than once"),
        ("a list of lengths", post("Content-Length: 2, 2\r\n", "{}"), 400, "not a number"),
        ("a length with a sign", post("Content-Length: +2\r\n", "{}"), 400, "not a number"),
        ("a length below nothing", post("Content-Length: -2\r\n", "{}"), 400, "not a number"),
        ("a length beyond all", post("Content-Length: 99999999999999999999\r\n", "{}"), 400, "not a number"),
        ("the greatest length", post("Content-Length: 18446744073709551615\r\n", "{}"), 400, "not a number"),
        ("another coding", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400, "Transfer-Encoding"),
        ("a coding that is none", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400, "Transfer-Encoding"),
        ("a coding twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", ""), 400, "once"),
        ("a space before the colon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400, "header name"),
        ("an old version with chunks", post("Transfer-Encoding: chunked\r\n", "").replace("1.1", "1.0"), 400, "1.0"),
        ("a folded line", get("Host: here\r\nX-Long: one\r\n two\r\n"), 400, "another line"),
        ("a folded first line", get(" Host: here\r\n"), 400, "another line"),
        ("a bare line feed", "GET /healthz HTTP/1.1\nHost: here\n\n".to_owned(), 400, "carriage return"),
        ("one bare line feed", get("Host: here\r\nX-A: b\nX-C: d\r\n"), 400, "carriage return"),
        ("a bare carriage return", get("Host: here\r\nX-A: b\rX-C: d\r\n"), 400, "control character"),
        ("a zero", get("Host: here\r\nX-A: b\0c\r\n"), 400, "control character"),
        ("no host", get(""), 400, "Host"),
        ("two hosts", get("Host: here\r\nHost: there\r\n"), 400, "Host"),
        ("two hosts in one", get("Host: here, there\r\n"), 400, "Host"),
        ("a host with a path", get("Host: here/there\r\n"), 400, "Host"),
        ("an absolute address", get("Host: here\r\n").replace("/healthz", "http://there/healthz"), 400, "path"),
        ("an authority", "CONNECT there:80 HTTP/1.1\r\nHost: there:80\r\n\r\n".to_owned(), 400, "path"),
        ("a path from nowhere", get("Host: here\r\n").replace("/healthz", "healthz"), 400, "path"),
        ("a fragment", get("Host: here\r\n").replace("/healthz", "/healthz#a"), 400, "%23"),
        ("an angle bracket", get("Host: here\r\n").replace("/healthz", "/healthz<"), 400, "%3C"),
        ("a backtick", get("Host: here\r\n").replace("/healthz", "/healthz`"), 400, "%60"),
        ("a fragment in a query", get("Host: here\r\n").replace("/healthz", "/healthz?a=b#c"), 400, "%23"),
        ("an angle bracket in a query", get("Host: here\r\n").replace("/healthz", "/healthz?a=<b>"), 400, "%3C"),
        ("two spaces", get("Host: here\r\n").replace("GET /", "GET  /"), 400, "one space"),
        ("no version", "GET /healthz\r\nHost: here\r\n\r\n".to_owned(), 400, "version"),
        ("another version", get("Host: here\r\n").replace("HTTP/1.1", "HTTP/3.0"), 505, "HTTP/1.1"),
        ("a method with a colon", get("Host: here\r\n").replace("GET", "GE:T"), 400, "method"),
        ("a header without a colon", get("Host: here\r\nX-A\r\n"), 400, "colon"),
        ("a header without a name", get("Host: here\r\n: a\r\n"), 400, "header name"),
        ("too many lines", get(&format!("Host: here\r\n{}", "A: b\r\n".repeat(100))), 431, "100 lines"),
        ("a long line", get(&format!("Host: here\r\nX-Long: {}\r\n", "x".repeat(17_000))), 431, "16 KiB"),
        ("500 KB of headers", get(&format!("Host: here\r\n{}", "A: 0123456789\r\n".repeat(33_400))), 431, "16 KiB"),
    ]
}

/// Returns the number of requests that reached a route. Requests that are refused at the edge must not change it.
fn counted(server: &Server) -> u64 {
    let metrics = server.metrics();
    let is_routed = |line: &&str| line.starts_with("twclone_requests_total{") && !line.contains("route=\"none\"");
    let lines = metrics.lines().filter(is_routed).filter(|line| !line.contains("route=\"/metrics\""));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

#[test]
fn what_can_be_read_in_two_ways_is_refused_and_gets_no_further() {
    let world = World::new();
    let server = world.serve();
    let before = counted(&server);
    for (name, bytes, status, words) in forms() {
        let mut wire = Wire::to(&server);
        // The second request is one that only a server that parses the first differently would see.
        wire.send(bytes + "GET /publicTimeline HTTP/1.1\r\nHost: here\r\n\r\n");
        let answer = wire.rest();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{name}: {answer}");
        assert!(answer.contains("application/problem+json") && answer.contains(words), "{name}: {answer}");
        assert!(answer.contains("connection: close"), "{name}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{name}: {answer}");
    }
    assert_eq!(counted(&server), before);
    let began = Instant::now();
    while !server.log().contains("status=431") {
        assert!(began.elapsed() < Duration::from_secs(10), "{}", server.log());
    }
}

/// For every byte in a URL, the response is the service's own, is logged, and is counted.
#[test]
fn no_byte_in_an_address_is_answered_without_a_word() {
    let world = World::new();
    let server = world.serve();
    for place in ["/healthz{}", "/{}", "/healthz?{}", "/healthz?a={}b", "/%{}"] {
        for byte in 1..=0xff_u8 {
            let (before, after) = place.split_once("{}").unwrap();
            let mut wire = Wire::to(&server);
            let mut head = format!("GET {before}").into_bytes();
            head.push(byte);
            head.extend(format!("{after} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").bytes());
            wire.send(head);
            let answer = wire.rest();
            let is_told = answer.contains("x-request-id: ") && !answer.contains("content-length: 0");
            assert!(is_told && !answer.starts_with("HTTP/1.1 5"), "{place}, {byte:#x}: {answer}");
        }
    }
}

#[test]
fn an_address_that_is_refused_is_in_the_log_and_in_the_counts() {
    let world = World::new();
    let server = world.serve();
    for target in ["/healthz#a", "/healthz<", "/healthz`"] {
        let mut wire = Wire::to(&server);
        wire.send(format!("GET {target} HTTP/1.1\r\nHost: here\r\n\r\n"));
        let answer = wire.rest();
        assert!(answer.contains("application/problem+json"), "{answer}");
        let (_, problem) = answer.split_once("\r\n\r\n").unwrap();
        let problem: twclone_testkit::Value = problem.parse().unwrap();
        let id = problem["request_id"].as_str().unwrap().to_owned();
        let began = Instant::now();
        while !server.log().contains(&id) {
            assert!(began.elapsed() < Duration::from_secs(10), "{}", server.log());
        }
    }
    let metrics = server.metrics();
    let counted =
        metrics.lines().find(|line| line.starts_with("twclone_requests_total{") && line.contains("status=\"400\""));
    assert!(counted.is_some_and(|line| line.ends_with(" 3")), "{metrics}");
}

#[test]
fn a_header_that_is_not_utf_8_is_refused() {
    let world = World::new();
    let server = world.serve();
    let mut wire = Wire::to(&server);
    wire.send(b"GET /healthz HTTP/1.1\r\nHost: here\r\nX-Name: \xff\xfe\r\n\r\n");
    let answer = wire.rest();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("UTF-8"), "{answer}");
}

#[test]
fn requests_that_come_together_are_answered_one_after_the_other() {
    let world = World::new();
    let server = world.serve();
    let mut wire = Wire::to(&server);
    let body = r#"{"username":"nobody","password":"nothing"}"#;
    let login = format!(
        "POST /login HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let get = "GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n";
    // The last request is refused after the ones before it were answered.
    wire.send(format!("\r\n{get}{login}{get}GET /healthz HTTP/1.1\r\n\r\n"));
    let statuses: Vec<_> = (0..4).map(|_| wire.answer()[9..12].to_owned()).collect();
    assert_eq!(statuses, ["200", "401", "200", "400"]);
    assert_eq!(wire.rest(), "");
}

#[test]
fn chunks_are_read_and_end_the_connection() {
    let world = World::new();
    let server = world.serve_seeded();
    let mut wire = Wire::to(&server);
    wire.send("POST /login HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n");
    wire.send("Transfer-Encoding: chunked\r\n\r\n10\r\n{\"username\":\"mj\"\r\n");
    wire.send("15\r\n,\"password\":\"bulls\"} \r\n0\r\n\r\n");
    let answer = wire.rest();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("connection: close"), "{answer}");
}

#[test]
fn a_long_body_is_refused_and_the_answer_gets_through() {
    let world = World::new();
    let server = world.serve();
    for length in [65_537, 300_000, 900_000] {
        let answer = server.call("POST", "/login").body("application/json", vec![b' '; length]).send();
        answer.problem(413);
    }
}

#[test]
fn a_body_of_which_the_length_is_too_much_is_not_waited_for() {
    let world = World::new();
    let server = world.serve();
    for length in ["65537", "900000", "50000000", "9223372036854775807"] {
        let began = Instant::now();
        let mut wire = Wire::to(&server);
        let expect = "Expect: 100-continue\r\n";
        wire.send(format!("POST /login HTTP/1.1\r\nHost: here\r\n{expect}Content-Length: {length}\r\n\r\n"));
        let answer = wire.answer();
        assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("connection: close"), "{answer}");
        assert!(began.elapsed() < Duration::from_secs(3), "{length}: {:?}", began.elapsed());
        // A client that keeps sending, or sends nothing more, does not keep the connection open.
        assert_eq!(wire.rest(), "");
        assert!(began.elapsed() < Duration::from_secs(10), "{length}: {:?}", began.elapsed());
    }
    // A body of the maximum length is waited for.
    let mut wire = Wire::to(&server);
    wire.send("POST /login HTTP/1.1\r\nHost: here\r\nContent-Length: 65536\r\n\r\n");
    wire.send(vec![b' '; 65_536]);
    let answer = wire.answer();
    assert!(!answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn who_sends_no_more_still_gets_his_answer() {
    let world = World::new();
    let server = world.serve();
    let mut wire = Wire::to(&server);
    wire.send("GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n");
    wire.send_no_more();
    assert!(wire.rest().starts_with("HTTP/1.1 200 "));
}
