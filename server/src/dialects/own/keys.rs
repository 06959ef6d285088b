use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rocket::{State, get};
use serde::Serialize;
use twclone_domain::Installation;
use twclone_domain::accounts::PublicKey;
use utoipa::ToSchema;

use crate::answer::{Answer, Answered};
use crate::openapi::{Problems, Unchanged, describe};

/// The public keys for verifying access tokens (RFC 7517).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Keys)]
pub(super) struct KeysView {
    keys: Vec<KeyView>,
}

/// A public key (RFC 8037).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Key)]
struct KeyView {
    /// `OKP`
    kty: &'static str,
    /// `Ed25519`
    crv: &'static str,
    /// `EdDSA`
    alg: &'static str,
    /// `sig`
    r#use: &'static str,
    /// The `kid` of the tokens that it signed.
    kid: String,
    /// The public key, in base64url without padding.
    x: String,
}

impl From<PublicKey> for KeyView {
    fn from(key: PublicKey) -> Self {
        let x = URL_SAFE_NO_PAD.encode(&key.bytes);
        Self { kty: "OKP", crv: "Ed25519", alg: "EdDSA", r#use: "sig", kid: key.id, x }
    }
}

/// Show the public keys
///
/// Other services can verify access tokens with these keys, without a request to twclone. Keys are rotated. If a token
/// names an unknown key, fetch the keys again.
///
/// ```text
/// http localhost:5000/.well-known/jwks.json
/// ```
#[describe(responses((status = 200, body = KeysView), Problems, Unchanged))]
#[get("/.well-known/jwks.json")]
pub(super) async fn jwks(installation: &State<Installation>) -> Answered {
    let keys = installation.accounts.verifying_keys().await?;
    let view = KeysView { keys: keys.into_iter().map(KeyView::from).collect() };
    Ok(Answer::ok(&view)?.for_everyone())
}
