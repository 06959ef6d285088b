//! Parses the head of an HTTP/1 request more strictly than hyper does. It refuses everything that two servers could
//! parse differently (RFC 9112, sections 2.2, 3.2, 5 and 6.3).

use hyper::header::HOST;
use hyper::http::request::Parts;
use hyper::{Uri, Version};

/// Maximum length of a head, in bytes.
pub(crate) const LENGTH: usize = 16 * 1024;
/// Maximum number of header lines.
pub(crate) const LINES: usize = 100;

/// Maximum `Content-Length`. It is below hyper's own limit, beyond which hyper would respond by itself.
const MOST: u64 = i64::MAX as u64;

/// How the end of a request is determined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// The body has this many bytes.
    Length(u64),
    /// The body is chunked.
    Chunked,
}

/// Why a head is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It cannot be parsed, or is ambiguous.
    Unreadable(&'static str),
    /// It is too long, or has too many header lines.
    TooLong,
    /// It is of an unsupported version of HTTP.
    Version,
}

use Refusal::Unreadable;

const ONE_HOST: Refusal = Unreadable("the header Host must appear exactly once");

/// Returns the length of a head, including the empty line at its end, or `None` while it is incomplete. The bytes
/// before `from` have already been searched.
pub(crate) fn length(bytes: &[u8], from: usize) -> Result<Option<usize>, Refusal> {
    let read = bytes.get(..LENGTH).unwrap_or(bytes);
    let lines = read.iter().enumerate().skip(from).filter(|(_, byte)| **byte == b'\n');
    for (end, _) in lines {
        if !read[..end].ends_with(b"\r") {
            return Err(Unreadable("a header line ends without a carriage return"));
        }
        if read[..end].ends_with(b"\r\n\r") {
            return Ok(Some(end + 1));
        }
    }
    if bytes.len() > LENGTH { Err(Refusal::TooLong) } else { Ok(None) }
}

/// Checks a complete head.
pub(crate) fn examine(head: &[u8]) -> Result<Framing, Refusal> {
    let head = std::str::from_utf8(head).map_err(|_| Unreadable("a header is not UTF-8"))?;
    let mut lines = head.trim_end_matches("\r\n").split("\r\n");
    let is_newest = request_line(lines.next().unwrap_or_default())?;
    let (mut count, mut hosts, mut length, mut chunked) = (0, 0, None, false);
    for line in lines {
        let (name, value) = field(line)?;
        count += 1;
        if count > LINES {
            return Err(Refusal::TooLong);
        }
        if name.eq_ignore_ascii_case("host") {
            hosts += 1;
            host(value)?;
        } else if name.eq_ignore_ascii_case("content-length") {
            let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            let number = value.parse().ok().filter(|number| digits && *number <= MOST);
            let number = number.ok_or(Unreadable("the header Content-Length is not a number"))?;
            if length.replace(number).is_some() {
                return Err(Unreadable("the header Content-Length appears more than once"));
            }
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            if chunked || !value.eq_ignore_ascii_case("chunked") {
                return Err(Unreadable("the header Transfer-Encoding must be chunked, and appear once"));
            }
            chunked = true;
        }
    }
    if hosts > 1 || (hosts == 0 && is_newest) {
        return Err(ONE_HOST);
    }
    match (length, chunked) {
        (Some(_), true) => Err(Unreadable("send either Content-Length or Transfer-Encoding, not both")),
        (None, true) if !is_newest => Err(Unreadable("HTTP/1.0 does not support Transfer-Encoding")),
        (None, true) => Ok(Framing::Chunked),
        (length, false) => Ok(Framing::Length(length.unwrap_or(0))),
    }
}

/// Returns why an HTTP/2 head is refused, if it is. hyper checks everything else.
pub(crate) fn refusal(head: &Parts) -> Option<Refusal> {
    let hosts = || head.headers.get_all(HOST).iter();
    if head.headers.len() > LINES {
        Some(Refusal::TooLong)
    } else if head.version == Version::HTTP_2 && head.uri.authority().is_none() && hosts().count() != 1 {
        Some(ONE_HOST)
    } else {
        None
    }
}

/// Returns whether the request is HTTP/1.1.
fn request_line(line: &str) -> Result<bool, Refusal> {
    let mut parts = line.split(' ');
    let (Some(method), Some(target), Some(version), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Unreadable("the first line must be a method, a path and a version, with one space between"));
    };
    let is_newest = match version {
        "HTTP/1.1" => true,
        "HTTP/1.0" => false,
        other if other.starts_with("HTTP/") => return Err(Refusal::Version),
        _ => return Err(Unreadable("the first line must end with the HTTP version")),
    };
    if !is_token(method) {
        return Err(Unreadable("the method contains a character that is not allowed"));
    }
    // The absolute form could name another host than `Host` does.
    let is_path = target.starts_with('/') || (target == "*" && method == "OPTIONS");
    if !is_path || target.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
        return Err(Unreadable("the request target must be a path that begins with /"));
    }
    // These must be percent-encoded (RFC 3986, section 2). The parsers behind reject or drop them without a useful
    // error.
    if target.contains(['#', '<', '>', '`']) {
        return Err(Unreadable("the URL contains one of # < > `; encode it as %23, %3C, %3E or %60"));
    }
    if target.parse::<Uri>().is_err() {
        return Err(Unreadable("the URL contains a character that must be percent-encoded, such as a space as %20"));
    }
    Ok(is_newest)
}

fn field(line: &str) -> Result<(&str, &str), Refusal> {
    if line.starts_with([' ', '\t']) {
        return Err(Unreadable("a header continues on another line"));
    }
    let (name, value) = line.split_once(':').ok_or(Unreadable("a header has no colon"))?;
    if !is_token(name) {
        return Err(Unreadable("a header name contains a character that is not allowed"));
    }
    if value.bytes().any(|byte| (byte < b' ' && byte != b'\t') || byte == 0x7f) {
        return Err(Unreadable("a header contains a control character"));
    }
    Ok((name, value.trim_matches([' ', '\t'])))
}

fn host(value: &str) -> Result<(), Refusal> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]%".contains(&byte);
    if value.is_empty() || !value.bytes().all(allowed) {
        return Err(Unreadable("the header Host is not a host name"));
    }
    Ok(())
}

/// Returns whether this is a token (RFC 9110, section 5.6.2).
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
