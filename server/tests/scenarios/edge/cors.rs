use twclone_testkit::{Answer, Call, Server, Split, Value, World, json, repository};

use super::wire::Wire;

const APP: &str = "https://app.example.com";

fn serve(world: &World, origins: &str) -> Server {
    let seed = repository().join("test-load.json");
    world.serve_with(&["--seed", seed.to_str().unwrap(), "--cors-origins", origins])
}

fn preflight(server: &Server, path: &str, origin: &str) -> Answer {
    let call = server.call("OPTIONS", path).header("Origin", origin);
    let call = call.header("Access-Control-Request-Method", "PATCH");
    call.header("Access-Control-Request-Headers", "authorization, content-type").send()
}

/// Returns the origin that may read a response, after checking what holds for every response.
fn allowed(answer: &Answer) -> Option<&str> {
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    let origins = answer.headers("access-control-allow-origin");
    assert!(origins.len() <= 1, "{answer:?}");
    let exposed = answer.header("access-control-expose-headers");
    assert_eq!(origins.is_empty(), exposed.is_none(), "{answer:?}");
    for name in ["Link", "Location", "ETag", "Retry-After", "X-Request-Id", "Idempotency-Replayed"] {
        assert!(exposed.is_none_or(|exposed| exposed.split(", ").any(|exposed| exposed == name)), "{name}");
    }
    origins.first().copied()
}

#[test]
fn pages_of_any_site_may_read_answers_and_errors() {
    let world = World::new();
    let server = world.serve_seeded();
    let answer = preflight(&server, "/listmsg/mj", APP);
    assert_eq!((answer.status, allowed(&answer), answer.text.as_str()), (204, Some("*"), ""), "{answer:?}");
    let lists = |name: &str, value: &str| {
        let listed = answer.header(name).unwrap_or_default().split(", ").any(|listed| listed == value);
        assert!(listed, "{value} is not in {name}");
    };
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        lists("access-control-allow-methods", method);
    }
    for name in ["Authorization", "Content-Type", "Idempotency-Key", "If-Match"] {
        lists("access-control-allow-headers", name);
    }
    assert!(answer.header("x-request-id").is_some() && answer.header("vary").is_none());
    // Any other OPTIONS is an ordinary request.
    server.call("OPTIONS", "/listmsg/mj").header("Origin", APP).send().problem(405);
    let read = |path: &str| server.get(path).header("Origin", APP);
    let message = server.post("/sendmsg", &json!({"to": "kobe", "msg": "x"})).mj().header("Origin", APP).send();
    let too_large = server.call("POST", "/login").header("Origin", APP).body("text/plain", "x".repeat(70_000)).send();
    for (answer, status) in [
        (read("/listmsg/mj").mj().send(), 200),
        (message, 201),
        (read("/listmsg/mj").send(), 401),
        (read("/listmsg/mj").basic("mj", "wrong").send(), 401),
        (read("/nothing").send(), 404),
        (server.call("BREW", "/login").header("Origin", APP).send(), 405),
        (too_large, 413),
    ] {
        assert_eq!((answer.status, allowed(&answer)), (status, Some("*")), "{answer:?}");
    }
    // Requests that are refused before they are parsed get the header, too.
    let mut wire = Wire::to(&server);
    assert!(wire.send("GET /a<b HTTP/1.1\r\nHost: here\r\nOrigin: https://app.example.com\r\n\r\n"));
    let refused = wire.answer();
    assert!(refused.contains("400") && refused.to_ascii_lowercase().contains("access-control-allow-origin: *"));
}

/// Signs up, logs in, continues the session and logs out, as a page of another site does, without cookies.
fn live(call: impl Fn(&str, &Value) -> Call) {
    let password = "a plain phrase for it";
    let send = |call: Call, status: u16| {
        let answer = call.send();
        assert_eq!(answer.status, status, "{answer:?}");
        // No cookie: a page must not log a visitor in to another account, or out.
        assert_eq!(answer.header("set-cookie"), None);
        answer
    };
    let who = json!({"username": "ann", "email": "ann@example.com", "password": password});
    send(call("/auth/signup", &who), 201);
    let login = json!({"username": "ann", "password": password});
    let first = send(call("/auth/login", &login), 200).json();
    let next = send(call("/auth/refresh-token", &json!({"refresh_token": first["refresh_token"]})), 200).json();
    send(call("/auth/logout", &json!({})).bearer(next["access_token"].as_str().unwrap()), 204);
    let by_header = send(call("/auth/login", &json!({})).basic("ann", password), 200).json();
    send(call("/auth/logout", &json!({"refresh_token": by_header["refresh_token"]})), 204);
    // A cookie that the browser sends by itself permits nothing.
    let third = send(call("/auth/login", &login), 200).json();
    let cookie = format!("refresh-Token={}", third["refresh_token"].as_str().unwrap());
    for path in ["/auth/refresh-token", "/auth/logout"] {
        call(path, &json!({})).header("Cookie", &cookie).send().problem(403);
    }
    let refresh = json!({"refresh_token": third["refresh_token"]});
    send(call("/auth/refresh-token", &refresh).header("Cookie", &cookie), 200);
}

#[test]
fn a_page_of_another_site_has_sessions_with_credentials_of_its_own() {
    let world = World::new();
    let server = serve(&world, "https://app.example.com");
    let from = |origin: &'static str| {
        let server = &server;
        move |path: &str, body: &Value| {
            server.post(path, body).header("Origin", origin).header("Sec-Fetch-Site", "cross-site")
        }
    };
    live(from(APP));
    let login = json!({"username": "mj", "password": "bulls"});
    from("https://evil.example.com")("/auth/login", &login).send().problem(403);
    // A page of this service still gets cookies.
    let own = server.post("/auth/login", &login).header("Sec-Fetch-Site", "same-origin").send();
    assert_eq!(own.headers("set-cookie").len(), 2);
}

#[test]
fn so_it_has_behind_a_gateway() {
    let world = World::new();
    let split = Split::start(&world, 1);
    live(|path, body| split.post(path, body).header("Origin", APP));
    // A service trusts the header only from its gateway.
    let login = json!({"username": "mj", "password": "bulls"});
    let auth = split.instance(0).post("/auth/login", &login).header("Origin", APP);
    auth.header("X-Twclone-May-Read", "1").send().problem(403);
}

#[test]
fn who_finds_no_room_for_a_connection_may_read_why() {
    let world = World::new();
    let server = world.serve_limited("-n 400");
    let mut kept: Vec<_> = (0..100).map(|_| Wire::to(&server)).collect();
    for wire in &mut kept {
        wire.send("GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n");
        assert!(wire.answer().starts_with("HTTP/1.1 200 "));
    }
    let answer = Wire::to(&server).answer();
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\r\nRetry-After: 1\r\n"), "{answer}");
    assert!(answer.contains("\r\nAccess-Control-Allow-Origin: *\r\n"), "{answer}");
}

#[test]
fn pages_of_listed_sites_may_and_no_others() {
    let world = World::new();
    let server = serve(&world, "https://app.example.com, http://localhost:3000");
    for (origin, may) in [
        (APP, true),
        ("http://localhost:3000", true),
        ("http://localhost", false),
        ("http://app.example.com", false),
        ("https://app.example.com.evil.example", false),
        ("null", false),
    ] {
        let read = || server.get("/listmsg/mj").header("Origin", origin);
        for (answer, status) in
            [(preflight(&server, "/listmsg/mj", origin), 204), (read().mj().send(), 200), (read().send(), 401)]
        {
            assert_eq!((answer.status, allowed(&answer)), (status, may.then_some(origin)), "{answer:?}");
            assert!(answer.headers("vary").contains(&"Origin"), "{answer:?}");
        }
    }
    let answer = server.get("/listmsg/mj").mj().send();
    assert!(answer.headers("vary").contains(&"Origin") && allowed(&answer).is_none());
}

#[test]
fn no_page_of_another_site_may_where_it_is_off() {
    let world = World::new();
    let server = serve(&world, "off");
    assert_eq!(allowed(&preflight(&server, "/listmsg/mj", APP)), None);
    let answer = server.get("/listmsg/mj").mj().header("Origin", APP).send();
    assert_eq!((answer.status, allowed(&answer), answer.header("vary")), (200, None, None));
}

#[test]
fn what_is_no_list_of_origins_is_refused() {
    let world = World::new();
    for origins in
        ["", ",", "example.com", "https://", "https://a.example/", "*, https://a.example", "https://a b", "null"]
    {
        let mut server = world.command("twclone-server");
        server.args(["--cors-origins", origins]);
        let output = twclone_testkit::Output::of(server, "");
        assert_eq!(output.code, Some(1), "{origins} {output:?}");
        assert!(
            output.stderr.contains("cors-origins") && output.stderr.contains("https://app.example.com"),
            "{output:?}"
        );
    }
}
