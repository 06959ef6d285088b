use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use quick_cache::sync::Cache;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Account, SigningKeys};
use crate::model::authority::Means;
use crate::{Error, Id, Randomness, Timestamp};

/// The lifetime of an access token in seconds. No other kind lives longer.
pub(super) const LIFETIME: i64 = 600;
/// The lifetime of an edge token in seconds.
pub(super) const EDGE_LIFETIME: i64 = 300;
/// The tolerated difference between the clocks of machines, in seconds.
pub(super) const LEEWAY: i64 = 5;
const ISSUER: &str = "twclone";
/// How many verified tokens are remembered: a lookup costs far less than verifying a signature.
const MOST: usize = 10_000;

/// A kind of token. Both its type and its audience differ from those of every other kind, and verification requires
/// one kind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    name: &'static str,
    audience: &'static str,
    lifetime: i64,
}

/// Access tokens, which clients get by logging in (RFC 9068, section 2.1).
pub(super) const ACCESS: Kind = Kind { name: "at+jwt", audience: ISSUER, lifetime: LIFETIME };
/// Edge tokens, which only gateways send.
pub(super) const EDGE: Kind = Kind { name: "edge+jwt", audience: "twclone-edge", lifetime: EDGE_LIFETIME };

/// The claims of a token. All are required, except those that only one kind of token has.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
    /// The session, named as in `OpenID` Connect Front-Channel Logout 1.0, section 3.
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    credential_version: i64,
    /// The id of the app password that an edge token stands for.
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    app_password: Option<String>,
}

/// A claim that is present must be a string: null is not the same as absent.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

impl Means {
    fn kind(self) -> &'static Kind {
        match self {
            Self::Session(_) => &ACCESS,
            Self::Password | Self::AppPassword(_) => &EDGE,
        }
    }

    fn session(self) -> Option<Id> {
        match self {
            Self::Session(id) => Some(id),
            Self::Password | Self::AppPassword(_) => None,
        }
    }
}

/// What a token proves.
#[derive(Debug, Clone)]
pub(super) struct Proof {
    pub(super) account: Id,
    pub(super) means: Means,
    /// The credential version of the account when the token was issued.
    credential_version: i64,
    not_before: i64,
    expires: i64,
}

impl Proof {
    /// Returns the stored account if it matches this proof.
    ///
    /// # Errors
    /// `BadToken` if it is another account, or its credentials have changed.
    pub(super) fn holder(&self, found: Account) -> Result<Account, Error> {
        let is_same = found.id == self.account && found.credential_version == self.credential_version;
        if is_same { Ok(found) } else { Err(Error::BadToken) }
    }
}

/// Issues and verifies access tokens and edge tokens: JWTs signed with Ed25519.
#[derive(Debug)]
pub(super) struct SignedTokens {
    keys: SigningKeys,
    randomness: Randomness,
    verified: Cache<[u8; 32], Proof>,
}

impl SignedTokens {
    pub(super) fn new(keys: SigningKeys, randomness: Randomness) -> Self {
        Self { keys, randomness, verified: Cache::new(MOST) }
    }

    /// Returns the signing keys.
    pub(super) fn keys(&self) -> &SigningKeys {
        &self.keys
    }

    pub(super) async fn issue(&self, account: &Account, means: Means, now: Timestamp) -> Result<String, Error> {
        let current = self.keys.current().await?;
        let kind = means.kind();
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(kind.name.to_owned());
        header.kid = Some(current.id.clone());
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: kind.audience.to_owned(),
            sub: account.id.to_string(),
            iat: now.seconds(),
            nbf: now.seconds(),
            exp: now.seconds() + kind.lifetime,
            sid: means.session().map(|id| id.to_string()),
            jti: format!("{:032x}", u128::from_be_bytes(self.randomness.bytes()?)),
            credential_version: account.credential_version,
            app_password: means.app_password().map(|id| id.to_string()),
        };
        let key = EncodingKey::from_ed_der(&current.private);
        jsonwebtoken::encode(&header, &claims, &key).map_err(|error| Error::internal(format!("token: {error}")))
    }

    /// Returns what a token of this kind proves now.
    ///
    /// # Errors
    /// `BadToken` for any fault, and for a token of another kind.
    pub(super) async fn verify(&self, token: &str, kind: &Kind, now: Timestamp) -> Result<Proof, Error> {
        let mut name = [0; 32];
        name.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        let proof = match self.verified.get(&name) {
            Some(proof) => proof,
            None => self.check(token, now).await.inspect(|proof| self.verified.insert(name, proof.clone()))?,
        };
        if proof.means.kind() != kind {
            return Err(Error::BadToken);
        }
        let now = now.seconds();
        if now < proof.expires + LEEWAY && proof.not_before <= now + LEEWAY { Ok(proof) } else { Err(Error::BadToken) }
    }

    /// Checks everything but the validity period, for which the library would use the system clock.
    async fn check(&self, token: &str, now: Timestamp) -> Result<Proof, Error> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Error::BadToken)?;
        // A key that the token contains or links to would prove nothing.
        let brings_key = header.jwk.is_some() || header.jku.is_some() || header.x5u.is_some() || header.x5c.is_some();
        // An extension marked as critical must not be ignored (RFC 7515, section 4.1.11).
        let is_critical = header.crit.is_some();
        if header.alg != Algorithm::EdDSA || brings_key || is_critical {
            return Err(Error::BadToken);
        }
        let kind = [&ACCESS, &EDGE].into_iter().find(|kind| header.typ.as_deref() == Some(kind.name));
        let kind = kind.ok_or(Error::BadToken)?;
        let key = self.keys.public(&header.kid.ok_or(Error::BadToken)?, now).await?.ok_or(Error::BadToken)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[kind.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let claims: Claims = jsonwebtoken::decode(token, &DecodingKey::from_ed_der(&key), &validation)
            .map_err(|_| Error::BadToken)?
            .claims;
        if claims.exp.saturating_sub(claims.iat) > kind.lifetime || claims.iat > now.seconds() + LEEWAY {
            return Err(Error::BadToken);
        }
        let means = match (&claims.sid, &claims.app_password) {
            (Some(session), None) => Means::Session(id(session)?),
            (None, Some(app_password)) => Means::AppPassword(id(app_password)?),
            (None, None) => Means::Password,
            (Some(_), Some(_)) => return Err(Error::BadToken),
        };
        if means.kind() != kind {
            return Err(Error::BadToken);
        }
        Ok(Proof {
            account: id(&claims.sub)?,
            means,
            credential_version: claims.credential_version,
            not_before: claims.nbf,
            expires: claims.exp,
        })
    }
}

fn id(text: &str) -> Result<Id, Error> {
    text.parse().map_err(|_| Error::BadToken)
}
