//! Accounts for the tests of permissions, each made over HTTP.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use twclone_testkit::{Answer, Client, Server, Value, World, json};

/// The password of every account that signs up here.
pub(crate) const PASSWORD: &str = "canary of 1991";

/// Flags for a server without limits on sign-ups and failed logins.
pub(crate) const UNLIMITED: [&str; 6] =
    ["--sign-ups-per-address", "off", "--login-failures-per-address", "off", "--login-failures-per-account", "off"];

/// Starts a server without limits on sign-ups and failed logins.
pub(crate) fn serve(world: &World) -> Server {
    world.serve_with(&UNLIMITED)
}

/// Returns a name that is not taken yet.
pub(crate) fn fresh_name(role: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{role}_{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Returns the e-mail address of an account that signed up here.
pub(crate) fn email(name: &str) -> String {
    format!("{name}.canary@example.com")
}

/// Signs up an account whose name begins like this, and returns the name.
pub(crate) fn sign_up(server: &Client, role: &str) -> String {
    let name = fresh_name(role);
    let body = json!({"username": name, "email": email(&name), "password": PASSWORD});
    server.post("/register", &body).send().expect(201);
    name
}

/// Logs in and returns the response.
pub(crate) fn log_in(server: &Client, name: &str, password: &str) -> Value {
    server.call("POST", "/login").basic(name, password).send().expect(200)
}

/// Returns a string in a response.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// Creates an app password, and returns it with its id.
pub(crate) fn app_password(server: &Client, name: &str, scope: Option<&str>) -> Value {
    let body = json!({"name": "bot", "scope": scope});
    server.post("/auth/app-passwords", &body).basic(name, PASSWORD).send().expect(201)
}

/// Publishes a post and returns its id.
pub(crate) fn post(server: &Client, name: &str, content: &str) -> String {
    let posted = server.post("/postTweet", &json!({"tweet": content})).basic(name, PASSWORD).send();
    text(&posted.expect(201)["id"])
}

/// Retries until the result is `Some`, for effects that follow with a delay; for 5 s at most.
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

/// Returns everything on all pages of a list. Asserts that the header of each page but the last links to the next
/// one, too.
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

/// Returns a field of each element.
pub(crate) fn each(things: &[Value], field: &str) -> Vec<String> {
    things.iter().map(|thing| text(&thing[field])).collect()
}

/// Adds three products to the shop, each with a stock of a thousand.
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

/// Signs up an account whose role is admin.
pub(crate) fn administrator(server: &Client, world: &World) -> String {
    let name = sign_up(server, "administrator");
    let made = world.admin(&["users", "role", &name, "admin"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    name
}
