//! People for the stories about who may do what: each with an account of his own, made over HTTP.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use twclone_testkit::{Answer, Client, Server, Value, World, json};

/// The password of everybody who signs up here.
pub(crate) const PASSWORD: &str = "canary of 1991";

/// Flags for a server to which a test may come as often as it likes.
pub(crate) const UNLIMITED: [&str; 6] =
    ["--sign-ups-per-address", "off", "--login-failures-per-address", "off", "--login-failures-per-account", "off"];

/// A server without limits of sign-ups and failed logins.
pub(crate) fn serve(world: &World) -> Server {
    world.serve_with(&UNLIMITED)
}

/// A name that nobody has yet.
pub(crate) fn fresh_name(role: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{role}_{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The e-mail address of somebody who signed up here.
pub(crate) fn email(name: &str) -> String {
    format!("{name}.canary@example.com")
}

/// Signs somebody up whose name begins like this, and gives the name.
pub(crate) fn sign_up(server: &Client, role: &str) -> String {
    let name = fresh_name(role);
    let body = json!({"username": name, "email": email(&name), "password": PASSWORD});
    server.post("/register", &body).send().expect(201);
    name
}

/// What a login gives.
pub(crate) fn log_in(server: &Client, name: &str, password: &str) -> Value {
    server.call("POST", "/login").basic(name, password).send().expect(200)
}

/// A text in an answer.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// A new app password of somebody, with its id.
pub(crate) fn app_password(server: &Client, name: &str, scope: Option<&str>) -> Value {
    let body = json!({"name": "bot", "scope": scope});
    server.post("/auth/app-passwords", &body).basic(name, PASSWORD).send().expect(201)
}

/// Somebody's new post, whose id this is.
pub(crate) fn post(server: &Client, name: &str, content: &str) -> String {
    let posted = server.post("/postTweet", &json!({"tweet": content})).basic(name, PASSWORD).send();
    text(&posted.expect(201)["id"])
}

/// Asks again and again until the answer is `Some`, for what comes to be a little later; for 5 s at most.
pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{what} did not come to be");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Everything on a list, from the first page to the last; each page but the last says in its header, too, where the
/// next one is.
pub(crate) fn walk(ask: impl Fn(&str) -> Answer, path: &str, list: &str) -> Vec<Value> {
    let (mut found, mut page) = (Vec::new(), path.to_owned());
    let joint = if path.contains('?') { '&' } else { '?' };
    loop {
        let answer = ask(&page);
        let body = answer.expect(200);
        found.extend(body[list].as_array().unwrap_or_else(|| panic!("no {list} in {body}")).iter().cloned());
        let Some(next) = body["next"].as_str() else {
            assert_eq!(answer.header("link"), None, "{body}");
            return found;
        };
        page = format!("{path}{joint}cursor={next}");
        let link = answer.header("link").unwrap_or_default();
        assert!(link.ends_with(&format!("cursor={next}>; rel=\"next\"")), "{link}");
    }
}

/// The same field of many things.
pub(crate) fn each(things: &[Value], field: &str) -> Vec<String> {
    things.iter().map(|thing| text(&thing[field])).collect()
}

/// Puts three products into the shop, of each of which there are a thousand.
pub(crate) fn stock(world: &World) {
    let file = world.file(
        "products.csv",
        "id,name,description,price,currency,stock\n\
         1,Basketball,\"Indoor, size 7.\",5999,USD,1000\n\
         2,Headband,,850,EUR,1000\n\
         3,Ankle weights,For those who are up at four.,4200,JPY,1000\n",
    );
    let imported = world.admin(&["products", "import", file.to_str().unwrap()]);
    assert_eq!(imported.code, Some(0), "{imported:?}");
}

/// Somebody new whose role is admin.
pub(crate) fn administrator(server: &Client, world: &World) -> String {
    let name = sign_up(server, "administrator");
    let made = world.admin(&["users", "role", &name, "admin"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    name
}
