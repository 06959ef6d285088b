//! Secrets go every way that they can go, and are then looked for: in the log at every level, in what commands print,
//! in answers.

mod flows;
mod wrong_places;

use std::cell::RefCell;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use twclone_testkit::{Answer, Call, Server, Value, World, json};

use crate::people::{self, UNLIMITED, text};

/// A server to which secrets are sent, and what they were.
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

    /// A password that was not used before, and that no answer may hold.
    fn password(&self) -> String {
        let password = people::fresh_name("canary-password").replace('_', "-");
        self.passwords.borrow_mut().push(password.clone());
        password
    }

    /// What the log must not hold, though an answer may: a token, or a part of an address.
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

    /// Sends it, and looks whether the answer holds a password or a hash of one.
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

    /// Remembers the tokens that a login gave, and those of its cookies.
    fn tokens(&self, answer: &Answer) -> (String, String) {
        let tokens = answer.expect(200);
        (self.secret(text(&tokens["access_token"])), self.secret(text(&tokens["refresh_token"])))
    }

    /// Each secret in each form in which it could be written.
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

    /// The private halves of the signing keys, in text.
    fn keys(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.world.data().join("keys")).unwrap();
        // The others are text, such as the secret of the edge.
        let (keys, texts): (Vec<_>, Vec<_>) = files
            .map(|file| file.unwrap().path())
            .partition(|path| path.extension().is_some_and(|extension| extension == "pk8"));
        let keys: Vec<_> = keys.iter().map(|path| std::fs::read(path).unwrap()).collect();
        assert!(!keys.is_empty());
        let texts = texts.into_iter().map(|path| std::fs::read_to_string(path).unwrap());
        // RFC 8410: the key is 32 bytes, which begin at the 17th of the file.
        let forms =
            |key: &Vec<u8>| [STANDARD.encode(&key[16..48]), format!("{:?}", &key[16..48]), STANDARD.encode(key)];
        keys.iter().flat_map(forms).chain(texts).collect()
    }

    fn is_held_by(&self, place: &str, text: &str) {
        for form in self.forms() {
            assert!(!text.contains(&form), "{place} holds {form}: {}", lines_with(text, &form));
        }
    }

    /// The log, when all of it has come in.
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
        // What is told at error and warn is told at each of these.
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
