//! Fuzzes request heads: another parser reads every accepted head in the same way, and it does not matter how the
//! bytes are split.

#![no_main]

use libfuzzer_sys::fuzz_target;
use twclone_server::fuzzing::head;

/// Fragments of heads. The bytes 128 to 155 of the input stand for them.
const PIECES: [&[u8]; 28] = [
    b"GET / HTTP/1.1\r\n",
    b"POST /sendmsg HTTP/1.1\r\n",
    b"GET ",
    b"/",
    b" HTTP/1.1",
    b" HTTP/1.0",
    b"\r\n",
    b"\r\n\r\n",
    b"\r",
    b"\n",
    b"Host: here\r\n",
    b"Host:",
    b"Content-Length: 5\r\n",
    b"content-length:",
    b"Transfer-Encoding: chunked\r\n",
    b"transfer-encoding:",
    b"chunked",
    b", ",
    b" \t",
    b"+1",
    b"18446744073709551616",
    b"X: y\r\n",
    b"#",
    b"<",
    b"`",
    b"%3C",
    b"\0",
    b"\xff",
];

fuzz_target!(|data: (Vec<u8>, usize)| {
    let (written, first) = data;
    let piece = |byte: &u8| PIECES.get(usize::from(*byte) % 128).filter(|_| *byte >= 128).copied();
    let bytes: Vec<u8> =
        written.iter().flat_map(|byte| piece(byte).unwrap_or(std::slice::from_ref(byte))).copied().collect();
    let read = head(&bytes, 0);
    assert_eq!(read, head(&bytes, first % (bytes.len() + 1)), "read in two pieces");
    let Some((length, body)) = read else { return };
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut request = httparse::Request::new(&mut headers);
    assert_eq!(request.parse(&bytes), Ok(httparse::Status::Complete(length)));
    // The HTTP library that gets the head must parse all of it: it would refuse silently, or drop a part.
    let target = request.path.expect("a target");
    let uri: http::Uri = target.parse().expect("an address");
    assert_eq!(uri.path_and_query().map(|path| path.as_str()), Some(target));
    assert!(uri.scheme().is_none() && uri.authority().is_none());
    request.method.expect("a method").parse::<http::Method>().expect("a method");
    for header in request.headers.iter() {
        http::HeaderName::from_bytes(header.name.as_bytes()).expect("the name of a header");
        http::HeaderValue::from_bytes(header.value).expect("the value of a header");
    }
    let all = |name: &str| {
        let of = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        of.map(|header| std::str::from_utf8(header.value).expect("text")).collect::<Vec<_>>()
    };
    let newest = request.version == Some(1);
    assert!(all("host").len() == 1 || (all("host").is_empty() && !newest));
    match body {
        Some(0) if all("content-length").is_empty() => assert!(all("transfer-encoding").is_empty()),
        Some(body) => {
            assert!(all("transfer-encoding").is_empty());
            assert_eq!(all("content-length").iter().map(|told| told.parse()).collect::<Vec<_>>(), [Ok(body)]);
        }
        None => {
            assert!(newest && all("content-length").is_empty());
            assert!(matches!(all("transfer-encoding")[..], [coding] if coding.eq_ignore_ascii_case("chunked")));
        }
    }
});
