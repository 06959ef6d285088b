//! What a handler can ask of a request: who calls, the fields of the body or the query, the idempotency key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rocket::data::{FromData, ToByteUnit as _};
use rocket::http::{ContentType, RawStr};
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest};
use rocket::{Data, Request, data};
use serde_json::Value;
use twclone_domain::accounts::{Caller, Password};
use twclone_domain::{AccountReference, Error, Fields, Fingerprint, Id, IdempotencyKey, Installation, Once};

use crate::catchers;
use crate::problem::Problem;

/// Somebody who has proved who he is, with Basic or an access token; anyone else gets 401.
pub(crate) struct Authenticated(pub(crate) Caller);

/// Somebody who has proved who he is with his password, or says nothing of himself; who says something wrong,
/// or has but a token, gets 401. For logging in: a token must not give further ones.
pub(crate) struct MaybeBasic(pub(crate) Option<Caller>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Authenticated {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        match authenticate(request).await {
            Ok(Some((caller, _))) => Outcome::Success(Self(caller)),
            Ok(None) => {
                let detail = "send a user name and a password (Basic) or an access token from POST /login (Bearer)";
                Outcome::Error(catchers::remember(request, Problem::unauthenticated(detail)))
            }
            Err(problem) => Outcome::Error(catchers::remember(request, problem)),
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for MaybeBasic {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        match authenticate(request).await {
            Ok(Some((_, Scheme::Bearer))) => {
                let detail = "log in with a user name and a password; a token does not give further ones";
                Outcome::Error(catchers::remember(request, Problem::unauthenticated(detail)))
            }
            Ok(caller) => Outcome::Success(Self(caller.map(|(caller, _)| caller))),
            Err(problem) => Outcome::Error(catchers::remember(request, problem)),
        }
    }
}

/// How somebody proved who he is.
enum Scheme {
    Basic,
    Bearer,
}

async fn authenticate(request: &Request<'_>) -> Result<Option<(Caller, Scheme)>, Problem> {
    let mut headers = request.headers().get("Authorization");
    let Some(header) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err(Problem::unreadable("the header Authorization is there more than once"));
    }
    let installation: &Installation =
        request.rocket().state().ok_or_else(|| Error::internal("there is no installation"))?;
    let (scheme, secret) = header.split_once(' ').unwrap_or((header, ""));
    let caller = if scheme.eq_ignore_ascii_case("basic") {
        let (name, password) = basic(secret.trim()).ok_or_else(|| {
            Problem::unauthenticated("the Basic credentials cannot be read: they are base64 of name:password in UTF-8")
        })?;
        (installation.accounts.authenticate(&name, password).await?, Scheme::Basic)
    } else if scheme.eq_ignore_ascii_case("bearer") {
        (installation.accounts.authenticate_token(secret.trim()).await?, Scheme::Bearer)
    } else {
        return Err(Problem::unauthenticated("the header Authorization must be Basic or Bearer"));
    };
    Ok(Some(caller))
}

/// RFC 7617: the name goes up to the first colon.
fn basic(secret: &str) -> Option<(String, Password)> {
    let text = String::from_utf8(STANDARD.decode(secret).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), Password::new(password.to_owned())))
}

/// The fields of a body, which is JSON or a form; none where it is empty.
pub(crate) struct Body(pub(crate) Fields);

#[rocket::async_trait]
impl<'r> FromData<'r> for Body {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        match read_body(request.content_type(), data).await {
            Ok(fields) => Outcome::Success(Self(fields)),
            Err(problem) => Outcome::Error(catchers::remember(request, problem)),
        }
    }
}

async fn read_body(content_type: Option<&ContentType>, data: Data<'_>) -> Result<Fields, Problem> {
    let bytes = data.open(64.kibibytes()).into_bytes().await;
    let bytes = bytes.map_err(|_| Problem::unreadable("the body broke off"))?;
    if !bytes.is_complete() {
        return Err(Problem::too_large());
    }
    if bytes.is_empty() {
        return Ok(Fields::default());
    }
    match content_type {
        Some(kind) if kind.is_json() => read_json(&bytes),
        Some(kind) if kind.is_form() => {
            let text = std::str::from_utf8(&bytes).map_err(|_| Problem::unreadable("the form is not UTF-8"))?;
            read_form(text)
        }
        _ => Err(Problem::media_type()),
    }
}

fn read_json(bytes: &[u8]) -> Result<Fields, Problem> {
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Error::invalid("body", format!("must be a JSON object: {error}")).into(),
        _ => Problem::unreadable(format!("the body is not JSON: {error}")),
    })
}

/// `name=value` pairs; `name[]=value` adds to a list.
fn read_form(text: &str) -> Result<Fields, Problem> {
    let decode = |part: &str| RawStr::new(part).url_decode().map(std::borrow::Cow::into_owned);
    let mut fields = Fields::default();
    for part in text.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let (Ok(name), Ok(value)) = (decode(name), decode(value)) else {
            return Err(Problem::unreadable("the form or the query is not UTF-8"));
        };
        match name.strip_suffix("[]") {
            Some(list) => fields.add_to_list(list.to_owned(), Value::String(value)),
            None => fields.add(name, Value::String(value)),
        }
    }
    Ok(fields)
}

/// The parameters of the query.
pub(crate) struct Query(pub(crate) Fields);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Query {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        match read_form(request.uri().query().map_or("", |query| query.as_str())) {
            Ok(fields) => Outcome::Success(Self(fields)),
            Err(problem) => Outcome::Error(catchers::remember(request, problem)),
        }
    }
}

/// The `Idempotency-Key` of a request, if it has one, and what the request is.
pub(crate) struct Idempotency {
    key: Option<IdempotencyKey>,
    path: String,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Idempotency {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let path = request.uri().path().to_string();
        let mut headers = request.headers().get("Idempotency-Key");
        let problem = match (headers.next(), headers.next()) {
            (None, _) => return Outcome::Success(Self { key: None, path }),
            (Some(_), Some(_)) => Problem::unreadable("the header Idempotency-Key is there more than once"),
            (Some(key), None) => match key.parse() {
                Ok(key) => return Outcome::Success(Self { key: Some(key), path }),
                Err(fault) => Error::invalid("Idempotency-Key", fault).into(),
            },
        };
        Outcome::Error(catchers::remember(request, problem))
    }
}

impl Idempotency {
    /// That a request with these fields is to be done once. Its fingerprint covers all of them but passwords.
    pub(crate) fn once(self, fields: &Fields) -> Option<Once> {
        let key = self.key?;
        let mut parts = vec![self.path.into_bytes()];
        for (name, value) in fields.iter().filter(|(name, _)| *name != "password") {
            parts.push(name.as_bytes().to_vec());
            parts.push(value.to_string().into_bytes());
        }
        Some(Once { key, request: Fingerprint::of(parts.iter().map(Vec::as_slice)) })
    }
}

/// The account that a path names; one that cannot be the name of any is not there.
pub(crate) fn user(text: &str) -> Result<AccountReference, Error> {
    text.parse().map_err(|_| Error::NotFound(format!("there is no user {text}: it cannot be a user name or an id")))
}

/// The message that a path names.
pub(crate) fn message(text: &str) -> Result<Id, Error> {
    text.parse().map_err(|_| Error::NotFound(format!("there is no message {text}: it cannot be an id")))
}
