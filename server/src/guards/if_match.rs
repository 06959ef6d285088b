use rocket::Request;
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest};
use twclone_domain::{Expected, Revision};

/// Which state of a thing is to be changed: whatever it is, where there is no `If-Match` (RFC 9110, section 13.1.1).
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
            // A tag that is none of ours, or a weak one, matches nothing.
            expected.extend(revision(tag));
        }
        Outcome::Success(Self(Expected::OneOf(expected)))
    }
}

/// The tag of a state.
pub(crate) fn tag(revision: Revision) -> String {
    format!("\"{}\"", revision.0)
}

fn revision(tag: &str) -> Option<Revision> {
    let number = tag.strip_prefix('"')?.strip_suffix('"')?;
    number.parse().ok().map(Revision)
}
