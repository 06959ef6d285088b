//! The page at `/docs`.

use std::collections::BTreeSet;

use twclone_testkit::{Answer, Client, Value, World, json};

use super::document;

/// Elements without an end tag.
const VOID: [&str; 3] = ["meta", "link", "br"];

fn page() -> Answer {
    let world = World::new();
    world.serve().get("/docs").send()
}

/// Returns the names of the elements in the order of their tags, and checks that each one is closed.
fn elements(html: &str) -> Vec<&str> {
    let (mut all, mut open) = (Vec::new(), Vec::new());
    for tag in html.split('<').skip(1).filter(|tag| !tag.starts_with('!')) {
        let (tag, text) = tag.split_once('>').expect("a tag ends");
        assert!(!text.contains('>'), "{text}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{all:?}");
            continue;
        }
        let name = tag.split_ascii_whitespace().next().unwrap();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        all.push(name);
        if !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} are open");
    all
}

/// Returns the values of an attribute.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    html.split(start.as_str()).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// Returns the texts of the code blocks of a class.
fn blocks(html: &str, class: &str) -> Vec<String> {
    let start = format!("<pre class=\"{class}\">");
    let texts = html.split(start.as_str()).skip(1).map(|rest| rest.split("</pre>").next().unwrap());
    texts.map(unescaped).collect()
}

fn unescaped(html: &str) -> String {
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#x2F;", "/"),
        ("&#96;", "`"),
        ("&amp;", "&"),
    ];
    entities.iter().fold(html.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

#[test]
fn the_page_is_html_without_scripts_and_from_this_server_alone() {
    let page = page();
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    let elements: BTreeSet<_> = elements(&page.text).into_iter().collect();
    for element in ["title", "nav", "main", "h1", "h2", "h3", "h4", "table"] {
        assert!(elements.contains(element), "{element}");
    }
    assert!(!elements.contains("script"));
    for outside in ["http://", "https://", "src=", "@import", "//cdn", "style=", "onclick", "url("] {
        assert!(!page.text.contains(outside), "{outside}");
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[test]
fn every_link_leads_somewhere() {
    let page = page().text;
    let anchors = attributes(&page, "id");
    let unique: BTreeSet<_> = anchors.iter().collect();
    assert_eq!(unique.len(), anchors.len(), "two places have one name");
    for link in attributes(&page, "href") {
        match link.strip_prefix('#') {
            Some(anchor) => assert!(unique.contains(&anchor), "{link}"),
            None => assert!(["/openapi.json", "/docs/viewer"].contains(&link), "{link}"),
        }
    }
}

#[test]
fn every_operation_is_described_and_in_the_contents() {
    let page = page().text;
    let document = document();
    let operations = document["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, operation)| (method, path, operation))
    });
    for (method, path, operation) in operations {
        let id = operation["operationId"].as_str().unwrap();
        let start = format!("<section id=\"{id}\">");
        let sections: Vec<_> = page.split(&start).collect();
        assert_eq!(sections.len(), 2, "{id} is described once");
        let section = sections[1].split("</section>").next().unwrap();
        let name = format!("<code>{} {path}</code>", method.to_uppercase());
        assert!(unescaped(section).contains(&name), "{id}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(section.contains(&format!("<code>{}</code>", parameter["name"].as_str().unwrap())), "{parameter}");
        }
        if let Some(body) = operation.pointer("/requestBody/content/application~1json/schema/$ref") {
            let body = document.pointer(body.as_str().unwrap().strip_prefix('#').unwrap()).unwrap();
            for (field, _) in body["properties"].as_object().unwrap() {
                assert!(section.contains(&format!("<code>{field}</code> <small>body, ")), "{id}: {field}");
            }
        }
        assert_eq!((blocks(section, "request").len(), blocks(section, "response").len()), (1, 1), "{id}");
        assert!(page.contains(&format!("<li><a href=\"#{id}\">")), "{id}");
    }
}

#[test]
fn every_problem_is_explained_once() {
    let page = page().text;
    let source = std::fs::read_to_string(twclone_testkit::repository().join("server/src/problem/kinds.rs")).unwrap();
    let slugs: Vec<_> =
        source.lines().filter_map(|line| Some(line.split_once(" = \"")?.1.split_once('"')?.0)).collect();
    assert!(slugs.len() >= 24, "{slugs:?}");
    for slug in slugs {
        assert_eq!(page.matches(&format!("id=\"problem-{slug}\"")).count(), 1, "{slug}");
    }
    // The `type` of a problem leads there.
    let world = World::new();
    let problem = world.serve().get("/listmsg/mj").send().problem(401);
    let anchor = problem["type"].as_str().unwrap().strip_prefix("/docs#").unwrap();
    assert!(page.contains(&format!("id=\"{anchor}\"")));
    // What every route can respond is not repeated for each of them.
    assert_eq!(page.matches("500 Internal Server Error").count(), 0);
    assert!(page.matches("409 Conflict").count() > 10);
}

#[test]
fn the_page_names_the_limits_that_hold() {
    let page = page().text;
    let world = World::new();
    let server = world.serve();
    let value = |limit: &str| {
        let row =
            page.split(&format!("<th scope=\"row\">{limit}</th><td>")).nth(1).unwrap_or_else(|| panic!("{limit}"));
        row.split("</td>").next().unwrap().to_owned()
    };
    assert_eq!(value("Request body"), "64 KiB");
    let body = |length: usize| server.call("POST", "/login").body("application/json", " ".repeat(length)).send().status;
    assert_eq!((body(64 * 1024 + 1), body(64 * 1024)), (413, 400));
    assert_eq!(value("Page of a list"), "1–100, by default 20");
    let limit = |limit: u32| server.get(&format!("/publicTimeline?limit={limit}")).send().status;
    assert_eq!((limit(0), limit(1), limit(100), limit(101)), (422, 200, 200, 422));
    assert_eq!(value("Lifetime of an idempotency key"), "24 h");
    assert_eq!(value("Sign-ups from an address"), "100 in 1 h");
}

/// Sends a request as the page shows it.
fn send(server: &Client, request: &str) -> Answer {
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let mut lines = head.lines();
    let mut words = lines.next().unwrap().split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let mut call = server.call(method, target);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")).filter(|(name, _)| *name != "Host") {
        call = call.header(name, value);
    }
    if body.is_empty() { call.send() } else { call.body("", body).send() }
}

#[test]
fn every_sample_of_a_request_is_understood() {
    let page = page().text;
    let world = World::new();
    let server = world.serve_seeded();
    let (last, first): (Vec<_>, Vec<_>) =
        blocks(&page, "request").into_iter().partition(|request| request.starts_with("DELETE /user/ "));
    for request in first.iter().chain(&last) {
        let answer = send(&server, request);
        let problem: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        let no_route = problem["detail"].as_str().is_some_and(|detail| detail.contains("GET /docs"));
        // Samples with the token of nobody are 401, those with ids that do not exist 404.
        assert!(
            matches!(answer.status, 200..=204 | 401 | 403 | 404 | 409 | 412) && !no_route,
            "{request}\n{}",
            answer.text
        );
    }
}

#[test]
fn every_sample_of_a_response_is_json() {
    let page = page().text;
    let samples = blocks(&page, "response");
    assert!(samples.len() > 100);
    for sample in &samples {
        let Some((head, body)) = sample.split_once("\n\n") else { continue };
        assert!(head.starts_with("HTTP/1.1 "), "{sample}");
        let _: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {sample}"));
    }
    let message = samples.iter().find(|sample| sample.contains("\"sent-at\"")).unwrap();
    let (_, body) = message.split_once("\n\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    let expected =
        json!({"from": "jordan", "id": "24", "msg": "testing", "sent-at": "2026-11-20T21:53:40.164Z", "to": "kobe"});
    assert_eq!(body, expected);
}

#[test]
fn the_first_steps_work() {
    let page = page().text;
    let start = page.split("<section id=\"start\">").nth(1).unwrap().split("</section>").next().unwrap();
    let commands = blocks(start, "command");
    assert!(commands.concat().contains("/sendmsg to=mj msg=hello"), "{commands:?}");
    let world = World::new();
    let server = world.serve_seeded();
    let account = json!({"username": "dennis", "email": "dennis@example.com", "password": "worm of 1991"});
    server.post("/register", &account).send().expect(201);
    let token = server.post("/login", &json!({"username": "dennis", "password": "worm of 1991"})).send().expect(200);
    server.get("/listmsg/dennis").bearer(token["access_token"].as_str().unwrap()).send().expect(200);
    let message = json!({"to": "mj", "msg": "hello"});
    server.post("/sendmsg", &message).basic("dennis", "worm of 1991").send().expect(201);
    let sent = server.get("/listmsg/dennis?box=sent").basic("dennis", "worm of 1991").send().expect(200);
    assert_eq!(sent["messages"][0]["msg"], "hello");
}

#[test]
fn the_page_is_small_on_the_wire() {
    let world = World::new();
    let packed = world.serve().call("HEAD", "/docs").header("Accept-Encoding", "gzip").send();
    let length: usize = packed.header("content-length").unwrap().parse().unwrap();
    assert!(length < 60_000, "{length}");
}
