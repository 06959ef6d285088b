//! Sends secrets in every way that a request can carry them, and then looks for them in the log at every level, in
//! the output of commands and in responses.

mod flows;
mod wrong_places;

use std::cell::RefCell;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use twclone_testkit::{Answer, Call, Server, Value, World, json};

use crate::people::{self, UNLIMITED, text};

/// A server, and the secrets that were sent to it.
pub(crate) struct Canary {
    world: World,
    server: Server,
    secrets: RefCell<Vec<String>>,
    passwords: RefCell<Vec<String>>,
}

impl Canary {
    fn new(level: &str, format: &str) -> Self {
        let world = World::new();
        let flags = [&UNLIMITED[..], &["--log", level, "--log-format", format]].concat();
        let server = world.serve_with(&flags);
        Self { world, server, secrets: RefCell::default(), passwords: RefCell::default() }
    }

    /// Returns a fresh password, which no response may contain.
    fn password(&self) -> String {
        let password = people::fresh_name("canary-password").replace('_', "-");
        self.passwords.borrow_mut().push(password.clone());
        password
    }

    /// Records a secret that the log must not contain but a response may: a token, or a part of a URL.
    fn secret(&self, secret: impl Into<String>) -> String {
        let secret = secret.into();
        self.secrets.borrow_mut().push(secret.clone());
        secret
    }

    fn basic(&self, call: Call, name: &str, password: &str) -> Call {
        let together = format!("{name}:{password}");
        self.secrets.borrow_mut().push(together);
        call.basic(name, password)
    }

    /// Sends the request, and checks that the response contains neither a password nor a hash of one.
    fn send(&self, call: Call) -> Answer {
        let answer = call.send();
        assert!(answer.status < 500, "{answer:?}");
        for password in self.passwords.borrow().iter().map(String::as_str).chain(["$2b$"]) {
            assert!(!answer.text.contains(password), "an answer holds {password}: {answer:?}");
        }
        answer
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.server.post(path, body))
    }

    fn form(&self, path: &str, body: String) -> Answer {
        self.send(self.server.call("POST", path).body("application/x-www-form-urlencoded", body))
    }

    /// Records the tokens of a login, and those of its cookies.
    fn tokens(&self, answer: &Answer) -> (String, String) {
        let tokens = answer.expect(200);
        (self.secret(text(&tokens["access_token"])), self.secret(text(&tokens["refresh_token"])))
    }

    /// Returns each secret in every form in which it could be written.
    fn forms(&self) -> Vec<String> {
        let mut forms = Vec::new();
        for secret in self.secrets.borrow().iter().chain(self.passwords.borrow().iter()) {
            forms.push(secret.clone());
            forms.extend([&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD].map(|base| base.encode(secret)));
            forms.push(secret.bytes().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}")));
        }
        forms.extend(self.keys());
        forms
    }

    /// Returns the private keys that sign tokens, as text.
    fn keys(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.world.data().join("keys")).unwrap();
        // The other files are text, such as the secret of the edge.
        let (keys, texts): (Vec<_>, Vec<_>) = files
            .map(|file| file.unwrap().path())
            .partition(|path| path.extension().is_some_and(|extension| extension == "pk8"));
        let keys: Vec<_> = keys.iter().map(|path| std::fs::read(path).unwrap()).collect();
        assert!(!keys.is_empty());
        let texts = texts.into_iter().map(|path| std::fs::read_to_string(path).unwrap());
        // The 32 bytes of the key begin at the file's 17th byte (RFC 8410).
        let forms =
            |key: &Vec<u8>| [STANDARD.encode(&key[16..48]), format!("{:?}", &key[16..48]), STANDARD.encode(key)];
        keys.iter().flat_map(forms).chain(texts).collect()
    }

    fn is_held_by(&self, place: &str, text: &str) {
        for form in self.forms() {
            assert!(!text.contains(&form), "{place} holds {form}: {}", lines_with(text, &form));
        }
    }

    /// Returns the log once it is complete.
    fn log(&self) -> String {
        let last = self.send(self.server.get("/openapi.json"));
        let id = last.header("x-request-id").unwrap();
        let begun = Instant::now();
        while !self.server.log().contains(id) {
            assert!(begun.elapsed() < Duration::from_secs(20), "the log does not tell of {id}");
            std::thread::sleep(Duration::from_millis(10));
        }
        self.server.log()
    }
}

fn lines_with(text: &str, part: &str) -> String {
    text.lines().filter(|line| line.contains(part)).collect::<Vec<_>>().join("\n")
}

fn no_log_holds_a_secret(format: &str) {
    let at = |level: &str| {
        let canary = Canary::new(level, format);
        flows::all(&canary);
        wrong_places::all(&canary);
        canary.is_held_by(&format!("the log at {level} as {format}"), &canary.log());
    };
    std::thread::scope(|scope| {
        // Each of these levels includes error and warn.
        for level in ["info", "debug", "trace"] {
            scope.spawn(move || at(level));
        }
    });
}

#[test]
fn the_log_holds_no_secret_as_text() {
    no_log_holds_a_secret("text");
}

#[test]
fn the_log_holds_no_secret_as_json() {
    no_log_holds_a_secret("json");
}

#[test]
fn no_command_prints_a_secret() {
    let canary = Canary::new("trace", "text");
    let (first, second) = (canary.password(), canary.password());
    let long = canary.secret(format!("{}{}", canary.password(), "x".repeat(72)));
    let add = ["users", "add", "canary", "--email", "canary@example.com"];
    for (arguments, input, succeeds) in [
        (&add[..], &long, false),
        (&add, &first, true),
        (&add, &second, false),
        (&["users", "passwd", "canary"], &long, false),
        (&["users", "passwd", "canary"], &second, true),
        (&["users", "passwd", "nobody"], &first, false),
        (&["users", "show", "canary"], &first, true),
        (&["users", "list"], &first, true),
        (&["users", "sessions", "canary"], &first, true),
        (&["audit"], &first, true),
        (&["keys", "rotate"], &first, true),
        (&["keys", "list"], &first, true),
        (&["audit", "canary"], &first, true),
    ] {
        let output = canary.world.admin_with_input(arguments, &format!("{input}\n"));
        assert_eq!(output.code == Some(0), succeeds, "{arguments:?} {output:?}");
        let printed = output.stdout + &output.stderr;
        canary.is_held_by(&arguments.join(" "), &printed);
        assert!(!printed.contains("$2b$"), "{arguments:?} {printed}");
    }
    canary.tokens(&canary.post("/login", &json!({"username": "canary", "password": second})));
    canary.is_held_by("the log", &canary.log());
}
