//! Cookies in browsers, and pages of other sites that try to use them.

use twclone_testkit::{Answer, Call, Server, World, json};

/// Returns the cookies that a response sets: name and value, and the complete header.
fn set(answer: &Answer) -> Vec<(String, String)> {
    let cookies = answer.headers("set-cookie").into_iter();
    cookies.map(|cookie| (cookie.split(';').next().unwrap().to_owned(), cookie.to_owned())).collect()
}

fn log_in(server: &Server) -> String {
    let answer = server.post("/auth/login", &json!({"username": "mj", "password": "bulls"})).send();
    set(&answer).into_iter().map(|(cookie, _)| cookie).collect::<Vec<_>>().join("; ")
}

fn send(server: &Server) -> Call {
    server.post("/sendmsg", &json!({"to": "kobe", "msg": "hello"}))
}

#[test]
fn a_browser_holds_its_session_in_cookies() {
    let world = World::new();
    let server = world.serve_seeded();
    let answer = server.post("/auth/login", &json!({"username": "mj", "password": "bulls"})).send();
    let cookies = set(&answer);
    assert_eq!(cookies.len(), 2);
    for ((cookie, all), name) in cookies.iter().zip(["access-Token=", "refresh-Token="]) {
        assert!(cookie.starts_with(name), "{all}");
        for part in ["; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age="] {
            assert!(all.contains(part), "{all}");
        }
        // Without TLS: the browser would not send a `Secure` cookie back.
        assert!(!all.contains("Secure"), "{all}");
    }
    let all = log_in(&server);
    server.get("/listmsg/mj").header("Cookie", &all).send().expect(200);
    send(&server).header("Cookie", &all).send().expect(201);
    let refreshed = server.post("/auth/refresh-token", &json!({})).header("Cookie", &all).send();
    refreshed.expect(200);
    assert_eq!(set(&refreshed).len(), 2);
    let all = log_in(&server);
    let left = server.post("/auth/logout", &json!({})).header("Cookie", &all).send();
    assert_eq!(left.status, 204);
    assert!(set(&left).iter().all(|(_, all)| all.contains("Max-Age=0")));
    server.get("/listmsg/mj").header("Cookie", &all).send().problem(401);
    // Invalid cookies do not prevent logging in, or reading what is public.
    server.get("/users/").header("Cookie", &all).send().expect(200);
    let login = json!({"username": "mj", "password": "bulls"});
    server.post("/auth/login", &login).header("Cookie", &all).send().expect(200);
}

#[test]
fn a_page_of_another_site_changes_nothing_with_a_cookie() {
    let world = World::new();
    let server = world.serve_seeded();
    let cookies = log_in(&server);
    let host = server.address().strip_prefix("http://").unwrap().to_owned();
    let here = format!("http://{host}");
    for (header, value, status) in [
        ("Sec-Fetch-Site", "same-origin", 201),
        ("Sec-Fetch-Site", "none", 201),
        ("Sec-Fetch-Site", "same-site", 403),
        ("Sec-Fetch-Site", "cross-site", 403),
        ("Origin", here.as_str(), 201),
        ("Origin", "http://localhost:1", 403),
        ("Origin", "https://evil.example", 403),
        ("Origin", "null", 403),
    ] {
        let answer = send(&server).header("Cookie", &cookies).header(header, value).send();
        assert_eq!(answer.status, status, "{header}: {value}");
        // A client that sends its own credentials cannot be abused by another site.
        send(&server).mj().header("Cookie", &cookies).header(header, value).send().expect(201);
        server.get("/listmsg/mj").header("Cookie", &cookies).header(header, value).send().expect(200);
    }
    let evil = |call: Call| call.header("Cookie", &cookies).header("Origin", "https://evil.example").send();
    for path in ["/auth/logout", "/auth/refresh-token"] {
        assert_eq!(evil(server.post(path, &json!({}))).problem(403)["type"], "/docs#problem-cross-site");
    }
    evil(server.call("DELETE", "/user/")).problem(403);
    // Nor does another site log the browser in to another account.
    let login = evil(server.post("/auth/login", &json!({"username": "chris", "password": "password2"})));
    assert!(login.headers("set-cookie").is_empty(), "{login:?}");
    server.get("/listmsg/mj").header("Cookie", &cookies).send().expect(200);
}

#[test]
fn behind_tls_cookies_are_secure_if_the_proxy_is_trusted() {
    let world = World::new();
    let login = json!({"username": "mj", "password": "bulls"});
    let seed = twclone_testkit::repository().join("test-load.json");
    let server = world.serve_with(&["--seed", seed.to_str().unwrap(), "--trusted-proxies", "127.0.0.1"]);
    let forwarded = |address: &str| {
        let call = server.post("/auth/login", &login).header("X-Forwarded-Proto", "https");
        call.header("X-Forwarded-For", address).send()
    };
    let answer = forwarded("203.0.113.9, 198.51.100.7, 127.0.0.1");
    assert!(set(&answer).iter().all(|(_, all)| all.contains("; Secure")));
    let sessions = server.get("/auth/sessions").mj().send().expect(200);
    // The last address that is not a trusted proxy. The client could have written those before it.
    assert_eq!(sessions["sessions"][0]["address"], "198.51.100.7");
    for (scheme, secure) in [
        ("HTTPS", true),
        ("https, http", true),
        ("\"https\"", true),
        ("http", false),
        ("http, https", false),
        ("", false),
    ] {
        let answer = server.post("/auth/login", &login).header("X-Forwarded-Proto", scheme).send();
        assert!(set(&answer).iter().all(|(_, all)| all.contains("; Secure") == secure), "{scheme}");
    }
    let server = world.serve();
    let answer = server.post("/auth/login", &login).header("X-Forwarded-Proto", "https");
    let answer = answer.header("X-Forwarded-For", "203.0.113.9").header("X-Real-IP", "203.0.113.9").send();
    assert!(set(&answer).iter().all(|(_, all)| !all.contains("Secure")));
    let sessions = server.get("/auth/sessions").mj().send().expect(200);
    assert_eq!(sessions["sessions"][0]["address"], "127.0.0.1");
}
