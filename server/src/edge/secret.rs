//! What gateway and services know and nobody else: a service believes the gateway what it says of a request's way.

use std::fmt;

use hyper::HeaderMap;
use hyper::header::HeaderValue;
use twclone_domain::Error;

const HEADER: &str = "x-twclone-edge";

/// The secret of an installation, which stands in its data folder.
#[derive(Clone)]
pub(crate) struct Secret(HeaderValue);

impl Secret {
    /// # Errors
    /// `Internal` for what is not one.
    pub(crate) fn new(text: &str) -> Result<Self, Error> {
        let value = HeaderValue::from_str(text).ok().filter(|value| !value.is_empty());
        let mut value = value.ok_or_else(|| Error::internal("the secret of the edge is none"))?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    pub(super) fn put_into(&self, headers: &mut HeaderMap) {
        headers.insert(HEADER, self.0.clone());
    }

    /// Whether these headers have it. Takes the same time whatever stands there instead.
    pub(super) fn is_in(&self, headers: &HeaderMap) -> bool {
        let Some(said) = headers.get(HEADER) else { return false };
        let (said, own) = (said.as_bytes(), self.0.as_bytes());
        said.len() == own.len() && said.iter().zip(own).fold(0, |all, (said, own)| all | (said ^ own)) == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}
