//! Makes tokens by hand, with the installation's own key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use twclone_testkit::{Value, World, json};

use super::changed;

/// Encodes a part of a token.
pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

#[allow(clippy::disallowed_methods, reason = "keys of nobody's")]
pub(super) fn randomness() -> SystemRandom {
    SystemRandom::new()
}

/// Generates a key that the installation does not know.
pub(super) fn another_key() -> Ed25519KeyPair {
    let document = Ed25519KeyPair::generate_pkcs8(&randomness()).unwrap();
    Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap()
}

/// Makes tokens like one that the service issued.
pub(super) struct Forge {
    pair: Ed25519KeyPair,
    pub(super) header: Value,
    pub(super) claims: Value,
}

impl Forge {
    pub(super) fn new(world: &World, token: &str) -> Self {
        let parts: Vec<_> = token.split('.').collect();
        let read = |part: &str| serde_json::from_slice::<Value>(&decode(part)).unwrap();
        let (header, claims) = (read(parts[0]), read(parts[1]));
        let file = world.data().join(format!("keys/{}.pk8", header["kid"].as_str().unwrap()));
        let pair = Ed25519KeyPair::from_pkcs8(&std::fs::read(file).unwrap()).unwrap();
        Self { pair, header, claims }
    }

    pub(super) fn kid(&self) -> Value {
        self.header["kid"].clone()
    }

    pub(super) fn claim(&self, name: &str) -> &Value {
        &self.claims[name]
    }

    pub(super) fn public(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    /// Signs with the installation's key.
    pub(super) fn sign(&self, signed: &str) -> Vec<u8> {
        self.pair.sign(signed.as_bytes()).as_ref().to_vec()
    }

    /// Returns a token with these texts, signed with the installation's key.
    pub(super) fn of_texts(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        format!("{signed}.{}", encode(self.sign(&signed)))
    }

    /// Returns a token with this header and these claims, signed with the installation's key.
    pub(super) fn of(&self, header: &Value, claims: &Value) -> String {
        self.of_texts(&header.to_string(), &claims.to_string())
    }

    /// Returns a token like those of the service, except for its `jti`.
    pub(super) fn right(&self) -> String {
        self.with_claim("jti", &json!("by hand"))
    }

    pub(super) fn with_claim(&self, name: &str, value: &Value) -> String {
        self.of(&self.header, &changed(&self.claims, name, value))
    }

    pub(super) fn with_header(&self, name: &str, value: &Value) -> String {
        self.of(&changed(&self.header, name, value), &self.claims)
    }
}
