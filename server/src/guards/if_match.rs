use rocket::Request;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest};
use twclone_domain::{Expected, Revision};

/// The states in which a resource may be changed: any, if there is no `If-Match` (RFC 9110, section 13.1.1).
pub(crate) struct IfMatch(pub(crate) Expected);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for IfMatch {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        let mut tags = request.headers().get("If-Match").flat_map(|tags| tags.split(',')).map(str::trim).peekable();
        if tags.peek().is_none() {
            return Outcome::Success(Self(Expected::Any));
        }
        let mut expected = Vec::new();
        for tag in tags {
            if tag == "*" {
                return Outcome::Success(Self(Expected::Any));
            }
            // A weak or foreign tag matches nothing.
            expected.extend(revision(tag));
        }
        Outcome::Success(Self(Expected::OneOf(expected)))
    }
}

/// Returns the `ETag` of a revision.
pub(crate) fn tag(revision: Revision) -> String {
    format!("\"{}\"", revision.0)
}

fn revision(tag: &str) -> Option<Revision> {
    let number = tag.strip_prefix('"')?.strip_suffix('"')?;
    number.parse().ok().map(Revision)
}
