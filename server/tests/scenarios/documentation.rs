mod page;
mod viewer;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use twclone_testkit::{Answer, Value, World, json, repository};

fn document() -> Value {
    serde_json::from_str(twclone_server::openapi::document()).unwrap()
}

#[test]
fn the_checked_in_description_is_that_of_the_code() {
    let path = repository().join("server/openapi.json");
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let made = twclone_server::openapi::document();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, made).unwrap();
    } else {
        assert!(
            written == made,
            "server/openapi.json is stale: UPDATE_OPENAPI=1 cargo test -p twclone-server description"
        );
    }
    let world = World::new();
    assert_eq!(world.serve().get("/openapi.json").send().text, made);
}

#[test]
fn every_route_is_described_and_there_is_no_other() {
    let described: BTreeSet<_> = document()["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(move |method| format!("{method} {}", path.trim_end_matches('/')))
        })
        .collect();
    let mounted: BTreeSet<_> = twclone_server::app::table()
        .into_iter()
        .map(|(method, path)| format!("{} {}", method.to_lowercase(), path.replace('<', "{").replace('>', "}")))
        .filter(|route| !route.starts_with("get /docs") && route != "get /")
        .collect();
    assert_eq!(described, mounted);
}

/// Collects the values of all fields with this name.
fn values<'a>(document: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    let inside: Vec<_> = match document {
        Value::Object(fields) => {
            found.extend(fields.get(name));
            fields.values().collect()
        }
        Value::Array(values) => values.iter().collect(),
        _ => Vec::new(),
    };
    for value in inside {
        values(value, name, found);
    }
}

#[test]
fn whatever_the_description_refers_to_is_there() {
    let document = document();
    let mut references = Vec::new();
    values(&document, "$ref", &mut references);
    for reference in references {
        let place = reference.as_str().unwrap().strip_prefix('#').unwrap();
        assert!(document.pointer(place).is_some(), "{reference} leads nowhere");
    }
    let operations: Vec<_> =
        document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values()).collect();
    let named: BTreeMap<_, _> =
        operations.iter().map(|operation| (operation["operationId"].as_str().unwrap(), *operation)).collect();
    assert_eq!(named.len(), operations.len(), "two operations have one name");
    let mut links = Vec::new();
    values(&document, "links", &mut links);
    let links: Vec<_> = links.into_iter().flat_map(|links| links.as_object().unwrap().values()).collect();
    assert!(links.len() >= 30);
    for link in links {
        let operation = named[link["operationId"].as_str().unwrap()];
        let parameters: BTreeSet<_> = operation["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let given: BTreeSet<_> = link["parameters"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(parameters, given, "{link}");
    }
}

#[test]
fn what_the_description_requires_the_handlers_require() {
    let document = document();
    let world = World::new();
    let server = world.serve_seeded();
    let mut seen = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let Some(body) = methods.pointer("/post/requestBody/content/application~1json/schema/$ref") else { continue };
        let parameters = methods["post"]["parameters"].as_array().into_iter().flatten();
        // Fields that may be in the query are not required in the body.
        if parameters.into_iter().any(|parameter| parameter["in"] == "query") {
            continue;
        }
        let name = body.as_str().unwrap().rsplit('/').next().unwrap();
        let required = document["components"]["schemas"][name]["required"].clone();
        let mut required: Vec<String> = serde_json::from_value(required).unwrap_or_default();
        // Without any of its fields, a reply is treated as a text reply.
        if name == "ReplyToBody" {
            required.extend(["msg".to_owned(), "reply-to-id".to_owned()]);
        }
        let answer =
            server.post(&path.replace("{user}", "mj").replace("{id}", "24"), &json!({"colour": 1})).mj().send();
        required.push("colour".to_owned());
        let blamed: BTreeSet<_> = answer.blamed().into_iter().collect();
        assert_eq!(blamed, required.into_iter().collect(), "{path}");
        seen += 1;
    }
    assert!(seen >= 5);
}

#[test]
fn the_start_page_is_html_for_browsers_and_json_for_programs() {
    let world = World::new();
    let server = world.serve();
    let browser = server.get("/").header("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8").send();
    assert_eq!((browser.status, browser.header("vary")), (200, Some("Accept")));
    assert!(browser.header("content-type").unwrap().starts_with("text/html"));
    for accept in [None, Some("*/*"), Some("application/json, */*;q=0.5")] {
        let call = || server.get("/");
        let links = accept.map_or_else(call, |accept| call().header("Accept", accept)).send().expect(200);
        assert_eq!((&links["name"], &links["documentation"]), (&json!("twclone"), &json!("/docs")));
        for link in ["documentation", "openapi", "readiness"] {
            let path = links[link].as_str().unwrap();
            assert_eq!(server.get(path).send().status, 200, "{path}");
            assert!(browser.text.contains(&format!("href=\"{path}\"")), "{path}");
        }
    }
}

#[test]
fn the_description_is_made_once() {
    assert_eq!(twclone_server::openapi::document().as_ptr(), twclone_server::openapi::document().as_ptr());
    let world = World::new();
    let server = world.serve();
    for path in ["/openapi.json", "/docs", "/docs/viewer/swagger-ui.js", "/docs/viewer/swagger-ui.css"] {
        let first = server.get(path).send();
        let second = server.get(path).send();
        assert_eq!((&first.text, first.header("etag")), (&second.text, second.header("etag")));
        let tag = first.header("etag").unwrap();
        assert_eq!(server.get(path).header("If-None-Match", tag).send().status, 304);
        assert_eq!(server.call("HEAD", path).send().header("etag"), Some(tag));
        let plain = server.call("HEAD", path).header("Accept-Encoding", "br, gzip;Q=0.0").send();
        let packed = server.call("HEAD", path).header("Accept-Encoding", "br, gzip;q=0.5").send();
        let length = |answer: &Answer| answer.header("content-length").unwrap().parse::<usize>().unwrap();
        assert_eq!((plain.header("content-encoding"), packed.header("content-encoding")), (None, Some("gzip")));
        assert_eq!((plain.header("vary"), packed.header("vary")), (Some("Accept-Encoding"), Some("Accept-Encoding")));
        assert!(length(&packed) * 2 < length(&plain), "{} of {}", length(&packed), length(&plain));
        let packed_tag = packed.header("etag").unwrap();
        assert_ne!(packed_tag, tag);
        let current = server.get(path).header("Accept-Encoding", "gzip").header("If-None-Match", packed_tag).send();
        assert_eq!((current.status, current.text.as_str()), (304, ""));
    }
}

#[test]
fn those_who_watch_are_told() {
    let world = World::new();
    let server = world.serve_seeded();
    assert_eq!(server.get("/healthz").send().expect(200)["status"], "alive");
    let ready =
        json!({"status": "ready", "identity": "ok", "items": "ok", "ids": "ok", "signing_key": "ok", "tasks": "ok"});
    assert_eq!(server.get("/readyz").send().expect(200), ready);
    server.get("/listmsg/mj").mj().send().expect(200);
    let metrics = server.get("/metrics").send();
    assert!(metrics.header("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    let line = r#"twclone_requests_total{method="GET",route="/listmsg/<user>",status="200"} 1"#;
    assert!(metrics.text.contains(line), "{}", metrics.text);
}

#[test]
fn the_log_holds_no_secret() {
    let world = World::new();
    let server = world.serve_with(&["--log", "trace", "--seed", repository().join("test-load.json").to_str().unwrap()]);
    let session = server.post("/login", &json!({"username": "mj", "password": "bulls"})).send().expect(200);
    let token = session["access_token"].as_str().unwrap();
    server.get("/listmsg/mj?with=kobe").bearer(token).send().expect(200);
    server.get("/listmsg/mj").basic("mj", "canary-password").send().problem(401);
    server.get("/listmsg/mj").mj().send().expect(200);
    let last = server.get("/nowhere?token=canary-query").send();
    last.problem(404);
    // The log is written behind the responses, in their order.
    let (id, begun) = (last.header("x-request-id").unwrap(), Instant::now());
    while !server.log().contains(id) {
        assert!(begun.elapsed() < Duration::from_secs(10), "no request id in {}", server.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    let log = server.log();
    let refresh = session["refresh_token"].as_str().unwrap();
    for secret in ["bulls", "canary-password", token, refresh, "bWo6YnVsbHM=", "with=kobe", "canary-query"] {
        assert!(!log.contains(secret), "{secret} in the log");
    }
}
