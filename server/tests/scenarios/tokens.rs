//! Tokens made by hand: a correct one is accepted, and one with any change is refused.

mod edge;
mod forge;
mod wrong;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use forge::Forge;
use ring::signature::{ED25519, UnparsedPublicKey};
use twclone_testkit::{Answer, Server, Value, World, json};

use crate::people::{self, PASSWORD, text};

/// A server, an account with a session, and a forge of tokens like its own.
struct Stage {
    world: World,
    server: Server,
    name: String,
    forge: Forge,
}

impl Stage {
    fn set() -> Self {
        let world = World::new();
        let server = people::serve(&world);
        let name = people::sign_up(&server, "owner");
        let token = text(&people::log_in(&server, &name, PASSWORD)["access_token"]);
        let forge = Forge::new(&world, &token);
        Self { world, server, name, forge }
    }

    fn by_token(&self, token: &str) -> Answer {
        self.server.get(&format!("/listmsg/{}", self.name)).bearer(token).send()
    }

    fn accepts(&self, token: &str) {
        assert_eq!(self.by_token(token).status, 200, "{token}");
        assert_eq!(self.by_cookie(token).status, 200, "{token}");
    }

    fn by_cookie(&self, token: &str) -> Answer {
        let call = self.server.get(&format!("/listmsg/{}", self.name));
        call.header("Cookie", &format!("access-Token={token}")).send()
    }

    /// Asserts that the token is refused as a header, also where authentication is optional, and as a cookie.
    fn refuses(&self, what: &str, token: &str) {
        let optional = self.server.get("/users/").bearer(token).send();
        let mut answers = vec![self.by_token(token), optional];
        // A cookie cannot have other characters, and an empty one counts as none.
        if !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte)) {
            answers.push(self.by_cookie(token));
        }
        for answer in answers {
            assert_eq!(answer.status, 401, "{what}: {token} {answer:?}");
            answer.problem(401);
            let says = answer.headers("www-authenticate");
            assert!(says.iter().any(|header| header.contains("error=\"invalid_token\"")), "{what}: {says:?}");
        }
    }

    fn refuses_all(&self, tokens: Vec<(String, String)>) {
        for (what, token) in tokens {
            self.refuses(&what, &token);
        }
        // The refused tokens do not affect a correct one.
        self.accepts(&self.forge.right());
    }
}

#[test]
fn a_token_that_is_made_as_ours_are_counts() {
    let stage = Stage::set();
    stage.accepts(&stage.forge.right());
    // Header parameters that are neither understood nor critical are ignored (RFC 7515, section 4).
    stage.accepts(&stage.forge.with_header("colour", &json!("red")));
}

#[test]
fn anybody_can_verify_a_token_with_the_published_key() {
    let stage = Stage::set();
    let keys = stage.server.get("/.well-known/jwks.json").send().expect(200);
    let [key] = &keys["keys"].as_array().unwrap()[..] else { panic!("{keys}") };
    assert_eq!(key["kid"], stage.forge.kid());
    assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
    assert!(key.get("d").is_none(), "the private key is published");
    let public = forge::decode(key["x"].as_str().unwrap());
    assert_eq!(public, stage.forge.public());
    for token in [text(&people::log_in(&stage.server, &stage.name, PASSWORD)["access_token"]), stage.forge.right()] {
        let (signed, signature) = token.rsplit_once('.').unwrap();
        UnparsedPublicKey::new(&ED25519, &public).verify(signed.as_bytes(), &forge::decode(signature)).unwrap();
    }
}

#[test]
fn no_other_signature_counts() {
    let stage = Stage::set();
    stage.refuses_all(wrong::signatures(&stage.forge));
}

#[test]
fn no_header_makes_another_key_count() {
    let stage = Stage::set();
    stage.refuses_all(wrong::headers(&stage.forge));
}

#[test]
fn every_claim_is_looked_at() {
    let stage = Stage::set();
    stage.refuses_all(wrong::claims(&stage.forge));
}

#[test]
fn an_access_token_is_no_edge_token() {
    let stage = Stage::set();
    stage.refuses_all(wrong::kinds(&stage.forge));
}

#[test]
fn a_token_belongs_to_one_session_of_one_account() {
    let stage = Stage::set();
    let other = people::sign_up(&stage.server, "other");
    let tokens = people::log_in(&stage.server, &other, PASSWORD);
    let of_other = Forge::new(&stage.world, tokens["access_token"].as_str().unwrap());
    for claim in ["sub", "sid"] {
        stage.refuses(claim, &stage.forge.with_claim(claim, of_other.claim(claim)));
    }
    let version = stage.forge.claim("credential_version").as_i64().unwrap();
    for version in [version - 1, version + 1] {
        stage.refuses("credential_version", &stage.forge.with_claim("credential_version", &json!(version)));
    }
    let session = json!(people::log_in(&stage.server, &stage.name, PASSWORD));
    let ended = Forge::new(&stage.world, session["access_token"].as_str().unwrap());
    stage.accepts(&ended.right());
    let logout = json!({"refresh_token": session["refresh_token"]});
    assert_eq!(stage.server.post("/auth/logout", &logout).send().status, 204);
    stage.refuses("the session has ended", &ended.right());
    stage.refuses("the session has ended", &ended.with_claim("jti", &json!("another")));
    stage.accepts(&stage.forge.right());
}

#[test]
fn what_is_no_token_is_refused() {
    let stage = Stage::set();
    stage.refuses_all(wrong::shapes(&stage.forge));
    // Too long for a header: the server may close the connection instead.
    let long = format!("{}{}", stage.forge.right(), "A".repeat(1_000_000));
    for token in [long.as_bytes(), b"\xff\xfe\xc3\x28", b"ey\x80.\xff.\xc0", b"a\0b"] {
        let status = raw(&stage.server, token);
        assert!(status.is_none_or(|status| (400..500).contains(&status)), "{status:?}");
    }
    stage.accepts(&stage.forge.right());
}

/// Sends a token that is not text, and returns the status, if there is one.
fn raw(server: &Server, token: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(server.address().strip_prefix("http://").unwrap()).unwrap();
    let head = b"GET /auth/sessions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ";
    let _ = stream.write_all(&[head, token, b"\r\n\r\n"].concat());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let line = String::from_utf8_lossy(&answer).into_owned();
    line.split(' ').nth(1).and_then(|status| status.parse().ok())
}

/// Returns the claims or the header with another value for a name.
fn changed(object: &Value, name: &str, value: &Value) -> Value {
    let mut object = object.clone();
    object[name] = value.clone();
    object
}
