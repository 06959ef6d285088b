use rocket::data::{FromData, ToByteUnit as _};
use rocket::http::RawStr;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest};
use rocket::{Data, Request, data};
use serde_json::Value;
use twclone_domain::{Error, Fields};

use crate::catchers;
use crate::problem::Problem;

/// Maximum number of fields in a body or a query. No request needs more than a few fields and a list of 20.
pub(crate) const MOST_FIELDS: usize = 256;

/// The fields of a body, which is JSON or a form. An empty body has none.
pub(crate) struct Body(pub(crate) Fields);

#[rocket::async_trait]
impl<'r> FromData<'r> for Body {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        match read_body(request, data).await {
            Ok(fields) => Outcome::Success(Self(fields)),
            Err(problem) => Outcome::Error(catchers::remember(request, problem)),
        }
    }
}

async fn read_body(request: &Request<'_>, data: Data<'_>) -> Result<Fields, Problem> {
    // The size of an encoded body could not be limited here, since it is known only after decoding.
    let mut codings = request.headers().get("Content-Encoding").flat_map(|codings| codings.split(','));
    if codings.any(|coding| !coding.trim().eq_ignore_ascii_case("identity")) {
        return Err(Problem::encoded());
    }
    let bytes = data.open(64.kibibytes()).into_bytes().await;
    let bytes = bytes.map_err(|_| Problem::unreadable("the body is incomplete"))?;
    if !bytes.is_complete() {
        return Err(Problem::too_large());
    }
    if bytes.is_empty() {
        return Ok(Fields::default());
    }
    match request.content_type() {
        Some(kind) if kind.is_json() => read_json(&bytes),
        // Clients that openapi-python-client generates send a form without fields as `{}`.
        Some(kind) if kind.is_form() && bytes.as_slice() == b"{}" => Ok(Fields::default()),
        _ if looks_like_json(&bytes) => Err(Problem::json_by_another_type()),
        Some(kind) if kind.is_form() => {
            let text = std::str::from_utf8(&bytes).map_err(|_| Problem::unreadable("the form is not UTF-8"))?;
            read_pairs(text, Fields::add_of_form)
        }
        _ => Err(Problem::media_type()),
    }
}

/// The mark that some editors and shells put before UTF-8 text. JSON parsers may ignore it (RFC 8259, section 8.1).
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

/// Returns whether the body begins like a JSON object or list, which no form does.
fn looks_like_json(bytes: &[u8]) -> bool {
    matches!(without_mark(bytes).trim_ascii_start(), [b'{' | b'[', ..])
}

fn read_json(bytes: &[u8]) -> Result<Fields, Problem> {
    let fields: Fields = serde_json::from_slice(without_mark(bytes)).map_err(|error| match error.classify() {
        // Omits the library's message, which shows the value that was sent: it may be a password.
        serde_json::error::Category::Data => {
            Error::invalid("body", "must be a JSON object: {\"name\": \"value\"}").into()
        }
        serde_json::error::Category::Eof => Problem::unreadable("the body ends in the middle of its JSON"),
        _ => {
            let (line, column) = (error.line(), error.column());
            Problem::unreadable(format!("the body is not valid JSON; see line {line}, column {column}"))
        }
    })?;
    if fields.iter().nth(MOST_FIELDS).is_some() { Err(too_many()) } else { Ok(fields) }
}

/// Creates the problem for too many fields. They are not checked one by one, which would cost too much.
fn too_many() -> Problem {
    Error::invalid("fields", format!("are more than {MOST_FIELDS}, which is the limit")).into()
}

/// Reads `name=value` pairs, each of which is added with `add`; `name[]=value` adds to a list.
fn read_pairs(text: &str, add: impl Fn(&mut Fields, String, String)) -> Result<Fields, Problem> {
    let decode = |part: &str| RawStr::new(part).url_decode().map(std::borrow::Cow::into_owned);
    let mut fields = Fields::default();
    if text.split('&').filter(|part| !part.is_empty()).nth(MOST_FIELDS).is_some() {
        return Err(too_many());
    }
    for part in text.split('&').filter(|part| !part.is_empty()) {
        let whole = part.split_once('=');
        let (name, value) = whole.unwrap_or((part, ""));
        let (Ok(name), Ok(value)) = (decode(name), decode(value)) else {
            return Err(Problem::unreadable("the form or the query is not UTF-8"));
        };
        let list = name.strip_suffix("[]");
        if whole.is_none() {
            fields.conceal(list.unwrap_or(&name));
        }
        match list {
            Some(list) => fields.add_to_list(list.to_owned(), Value::String(value)),
            None if whole.is_none() => fields.add(name, Value::String(value)),
            None => add(&mut fields, name, value),
        }
    }
    Ok(fields)
}

fn read_query(request: &Request<'_>) -> Result<Fields, Problem> {
    let query = request.uri().query().map_or("", |query| query.as_str());
    read_pairs(query, |fields, name, value| fields.add(name, Value::String(value)))
}

/// The parameters of the query.
pub(crate) struct Query(pub(crate) Fields);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Query {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        match read_query(request) {
            Ok(fields) => Outcome::Success(Self(fields)),
            Err(problem) => Outcome::Error(catchers::remember(request, problem)),
        }
    }
}

/// The parameters of the query and the fields of the body together. A password in the query is refused: URLs end up
/// in logs and histories.
pub(crate) struct Parameters(pub(crate) Fields);

#[rocket::async_trait]
impl<'r> FromData<'r> for Parameters {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        match read_both(request, data).await {
            Ok(fields) => Outcome::Success(Self(fields)),
            Err(problem) => Outcome::Error(catchers::remember(request, problem)),
        }
    }
}

async fn read_both(request: &Request<'_>, data: Data<'_>) -> Result<Fields, Problem> {
    let query = read_query(request)?;
    if query.iter().any(|(name, _)| name == "password") {
        return Err(Problem::unreadable(
            "do not send a password in the URL, which ends up in logs; send it in the body or with Basic \
             authentication, and change it",
        ));
    }
    let mut fields = read_body(request, data).await?;
    for (name, value) in query.iter() {
        fields.add(name.to_owned(), value.clone());
    }
    Ok(fields)
}
