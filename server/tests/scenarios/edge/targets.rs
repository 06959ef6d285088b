//! HTTP/2 targets that no client library would send. The server's HTTP/2 library parses them before the edge sees
//! them: a malformed one ends its stream, as RFC 9113 (section 8.1.1) requires, and nothing else.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use twclone_testkit::World;

use super::tls::{TLS, certificate, connect_over};

const HEADERS: u8 = 1;
const RESET: u8 = 3;
const PROTOCOL_ERROR: [u8; 4] = [0, 0, 0, 1];

/// Builds a frame: length, type, flags, stream and payload (RFC 9113, section 4.1).
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

/// Builds a GET with literal header values and indexed names (RFC 7541, section 6.2.2).
fn get(stream: u8, path: &str) -> Vec<u8> {
    let length = u8::try_from(path.len()).unwrap();
    let (method, scheme) = ([0x82], [0x87]);
    let fields = [&method[..], &scheme, &[0x01, 4], b"here", &[0x04, length], path.as_bytes()].concat();
    let (end_of_stream, end_of_fields) = (0x1, 0x4);
    frame(HEADERS, end_of_stream | end_of_fields, stream, &fields)
}

/// Returns the type and the payload of the stream's next frame.
async fn next(wire: &mut TlsStream<TcpStream>, stream: u8) -> (u8, Vec<u8>) {
    loop {
        let mut head = [0; 9];
        wire.read_exact(&mut head).await.unwrap();
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        wire.read_exact(&mut payload).await.unwrap();
        if head[8] == stream && matches!(head[3], HEADERS | RESET) {
            return (head[3], payload);
        }
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_read_ends_its_stream_and_no_other() {
    let world = World::new();
    let root = certificate(&world);
    let server = world.serve_with(&TLS);
    let stream = TcpStream::connect(server.address().trim_start_matches("http://")).await.unwrap();
    let mut wire = connect_over(stream, &root, b"h2").await.unwrap().into_inner();
    let preface = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, &[])].concat();
    wire.write_all(&preface).await.unwrap();
    for (stream, path) in [(1, "/healthz<"), (3, "/healthz`"), (5, "/healthz?a=<b>"), (7, "/a b"), (9, "")] {
        wire.write_all(&get(stream, path)).await.unwrap();
        assert_eq!(next(&mut wire, stream).await, (RESET, PROTOCOL_ERROR.to_vec()), "{path}");
    }
    // A fragment is not part of a target: the library removes it.
    for (stream, path) in [(11, "/healthz#a"), (13, "/healthz?a=b#c"), (15, "/healthz")] {
        wire.write_all(&get(stream, path)).await.unwrap();
        let (kind, fields) = next(&mut wire, stream).await;
        // Status 200 has an index in the static table.
        assert!(kind == HEADERS && fields[0] == 0x88, "{path}: {fields:?}");
    }
}
