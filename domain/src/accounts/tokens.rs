use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use quick_cache::sync::Cache;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::{Account, SigningKeys};
use crate::{Error, Id, Randomness, Timestamp};

/// For how many seconds an access token can be used.
pub(super) const LIFETIME: i64 = 600;
/// Clocks of several machines differ by so many seconds.
pub(super) const LEEWAY: i64 = 5;
const ISSUER: &str = "twclone";
/// RFC 9068, section 2.1: tells an access token from any other JWT.
const TYPE: &str = "at+jwt";
/// How many verified tokens are remembered; a signature costs many times what a look here does.
const MOST: usize = 10_000;

/// All of them are required.
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
    sid: String,
    credential_version: i64,
}

/// What a token proves.
#[derive(Debug, Clone)]
pub(super) struct Proof {
    pub(super) account: Id,
    pub(super) session: Id,
    /// The account's, when the token was made.
    pub(super) credential_version: i64,
    not_before: i64,
    expires: i64,
}

/// Makes and verifies access tokens: JWTs signed with Ed25519.
#[derive(Debug)]
pub(super) struct AccessTokens {
    keys: SigningKeys,
    randomness: Randomness,
    verified: Cache<[u8; 32], Proof>,
}

impl AccessTokens {
    pub(super) fn new(keys: SigningKeys, randomness: Randomness) -> Self {
        Self { keys, randomness, verified: Cache::new(MOST) }
    }

    /// The keys themselves.
    pub(super) fn keys(&self) -> &SigningKeys {
        &self.keys
    }

    pub(super) async fn issue(&self, account: &Account, session: Id, now: Timestamp) -> Result<String, Error> {
        let current = self.keys.current().await?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(current.id.clone());
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: account.id.to_string(),
            iat: now.seconds(),
            nbf: now.seconds(),
            exp: now.seconds() + LIFETIME,
            sid: session.to_string(),
            jti: format!("{:032x}", u128::from_be_bytes(self.randomness.bytes()?)),
            credential_version: account.credential_version,
        };
        let key = EncodingKey::from_ed_der(&current.private);
        jsonwebtoken::encode(&header, &claims, &key).map_err(|error| Error::internal(format!("token: {error}")))
    }

    /// What the token proves now.
    ///
    /// # Errors
    /// `BadToken`, whatever is wrong with it.
    pub(super) async fn verify(&self, token: &str, now: Timestamp) -> Result<Proof, Error> {
        let mut name = [0; 32];
        name.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        let proof = match self.verified.get(&name) {
            Some(proof) => proof,
            None => self.check(token, now).await.inspect(|proof| self.verified.insert(name, proof.clone()))?,
        };
        let now = now.seconds();
        if now < proof.expires + LEEWAY && proof.not_before <= now + LEEWAY { Ok(proof) } else { Err(Error::BadToken) }
    }

    /// Checks all but the time, which the library would ask the machine for.
    async fn check(&self, token: &str, now: Timestamp) -> Result<Proof, Error> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Error::BadToken)?;
        // A key that the token brings along, or says where to find, would prove nothing.
        let brings_key = header.jwk.is_some() || header.jku.is_some() || header.x5u.is_some() || header.x5c.is_some();
        // Who says that something has to be understood must not be passed over (RFC 7515, section 4.1.11).
        let is_critical = header.crit.is_some();
        if header.typ.as_deref() != Some(TYPE) || header.alg != Algorithm::EdDSA || brings_key || is_critical {
            return Err(Error::BadToken);
        }
        let key = self.keys.public(&header.kid.ok_or(Error::BadToken)?, now).await?.ok_or(Error::BadToken)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let claims: Claims = jsonwebtoken::decode(token, &DecodingKey::from_ed_der(&key), &validation)
            .map_err(|_| Error::BadToken)?
            .claims;
        if claims.exp.saturating_sub(claims.iat) > LIFETIME || claims.iat > now.seconds() + LEEWAY {
            return Err(Error::BadToken);
        }
        Ok(Proof {
            account: claims.sub.parse().map_err(|_| Error::BadToken)?,
            session: claims.sid.parse().map_err(|_| Error::BadToken)?,
            credential_version: claims.credential_version,
            not_before: claims.nbf,
            expires: claims.exp,
        })
    }
}
