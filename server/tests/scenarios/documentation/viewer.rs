//! The viewer at `/docs/viewer`.

use twclone_testkit::World;

#[test]
fn the_viewer_loads_its_files_from_this_server_alone() {
    let world = World::new();
    let server = world.serve();
    let page = server.get("/docs/viewer").send();
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    assert!(page.text.contains("<noscript>"));
    let links: Vec<_> = page.text.split("=\"/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(links.len(), 4, "{links:?}");
    for link in links {
        let file = server.get(&format!("/{link}")).send();
        let kind = file.header("content-type").unwrap();
        let expected = match link.rsplit('.').next().unwrap() {
            "js" => "text/javascript",
            "css" => "text/css",
            _ => "text/html",
        };
        assert!(file.status == 200 && kind.starts_with(expected), "{link}: {} {kind}", file.status);
    }
    server.get("/docs/viewer/index.html").send().problem(404);
}

#[test]
fn the_viewer_asks_no_validator() {
    let world = World::new();
    let start = world.serve().get("/docs/viewer/start.js").send();
    assert!(start.text.contains("validatorUrl: \"none\"") && start.text.contains("url: \"/openapi.json\""));
}
