use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::Bytes;
use hyper::client::conn::http2::SendRequest;
use hyper::{Request, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use twclone_testkit::{Output, Server, World, json};

use crate::listing::walk;

/// Writes a self-signed certificate and its key to the files that the server reads.
pub(super) fn certificate(world: &World) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    // The key first: the server does not load a pair that does not match.
    world.file("key.pem", &signing_key.serialize_pem());
    world.file("certificate.pem", &cert.pem());
    cert.der().clone()
}

pub(super) const TLS: [&str; 4] = ["--tls-certificate", "certificate.pem", "--tls-key", "key.pem"];

fn serve(world: &World) -> Server {
    world.serve_with(&TLS)
}

/// Connects as a client that trusts this certificate and speaks this protocol; `None` if it does not trust the
/// server's.
async fn connect(
    server: &Server,
    root: &CertificateDer<'static>,
    protocol: &[u8],
) -> Option<TokioIo<TlsStream<TcpStream>>> {
    let stream = TcpStream::connect(server.address().trim_start_matches("http://")).await.unwrap();
    connect_over(stream, root, protocol).await
}

/// Does the same over this connection.
pub(super) async fn connect_over(
    stream: TcpStream,
    root: &CertificateDer<'static>,
    protocol: &[u8],
) -> Option<TokioIo<TlsStream<TcpStream>>> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok().map(TokioIo::new)
}

/// Returns status and version of the response to a GET; `None` if the certificate is not trusted.
async fn get(
    server: &Server,
    path: &str,
    root: &CertificateDer<'static>,
    protocol: &[u8],
) -> Option<(StatusCode, Version)> {
    let stream = connect(server, root, protocol).await?;
    let request = Request::get(format!("https://localhost{path}"));
    let answer = if protocol == b"h2" {
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap()
    } else {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let request = Request::get(path).header("Host", "localhost").body(Empty::<Bytes>::new());
        sender.send_request(request.unwrap()).await.unwrap()
    };
    let told = (answer.status(), answer.version());
    answer.into_body().collect().await.unwrap();
    Some(told)
}

#[tokio::test]
async fn over_tls_both_versions_are_spoken() {
    let world = World::new();
    let root = certificate(&world);
    let server = serve(&world);
    assert_eq!(get(&server, "/healthz", &root, b"h2").await, Some((StatusCode::OK, Version::HTTP_2)));
    assert_eq!(get(&server, "/healthz", &root, b"http/1.1").await, Some((StatusCode::OK, Version::HTTP_11)));
    assert_eq!(get(&server, "/nothing", &root, b"h2").await, Some((StatusCode::NOT_FOUND, Version::HTTP_2)));
    let unauthorized = Some((StatusCode::UNAUTHORIZED, Version::HTTP_2));
    assert_eq!(get(&server, "/listmsg/mj", &root, b"h2").await, unauthorized);
}

#[tokio::test]
async fn over_http_2_too_a_head_has_a_hundred_lines_at_most() {
    let world = World::new();
    let root = certificate(&world);
    let server = serve(&world);
    let stream = connect(&server, &root, b"h2").await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    for (lines, status) in [(100, StatusCode::OK), (101, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)] {
        let request = Request::get("https://localhost/healthz");
        let request = (0..lines).fold(request, |request, line| request.header(format!("x-{line}"), "y"));
        let answer = sender.send_request(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), status);
    }
}

/// Sends until the connection accepts no more. Returns what was accepted.
async fn send_until_it_ends(mut sender: SendRequest<Full<Bytes>>, name: usize) -> Vec<String> {
    let mut accepted = Vec::new();
    loop {
        let text = format!("{name}-{}", accepted.len());
        let body = json!({ "to": "kobe", "from": "jordan", "msg": text }).to_string();
        let request = Request::post("https://localhost/sendmsg")
            .header("Authorization", "Basic bWo6YnVsbHM=")
            .header("Content-Type", "application/json")
            .body(Full::from(body));
        let Ok(answer) = sender.send_request(request.unwrap()).await else { return accepted };
        assert_eq!(answer.status(), StatusCode::CREATED);
        answer.into_body().collect().await.unwrap();
        accepted.push(text);
    }
}

#[tokio::test]
async fn over_http_2_a_process_that_is_told_to_stop_answers_all_that_it_accepted() {
    let world = World::new();
    drop(world.serve_seeded());
    let root = certificate(&world);
    let server = serve(&world);
    let stream = connect(&server, &root, b"h2").await.unwrap();
    let (sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    let sending: Vec<_> = (0..16).map(|name| tokio::spawn(send_until_it_ends(sender.clone(), name))).collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(tokio::task::spawn_blocking(|| server.stop()).await.unwrap(), Some(0));
    let mut accepted = Vec::new();
    for sending in sending {
        accepted.extend(sending.await.unwrap());
    }
    let kept = tokio::task::spawn_blocking(move || walk(&world.serve(), "/listmsg/kobe?with=jordan&limit=100"));
    let mut kept: Vec<_> = kept.await.unwrap().iter().map(|kept| kept["msg"].as_str().unwrap().to_owned()).collect();
    kept.retain(|text| text.contains('-'));
    assert!(accepted.len() > 16, "{accepted:?}");
    // No accepted message is lost, and none is stored without a response to its sender.
    assert_eq!(BTreeSet::from_iter(kept), BTreeSet::from_iter(accepted));
}

#[tokio::test]
async fn through_a_gateway_both_versions_get_to_the_services() {
    let world = World::new();
    let root = certificate(&world);
    let _timeline = world.serve_with(&["timeline"]);
    let gateway = world.serve_with(&[&["gateway"], &TLS[..]].concat());
    assert_eq!(get(&gateway, "/publicTimeline", &root, b"h2").await, Some((StatusCode::OK, Version::HTTP_2)));
    assert_eq!(get(&gateway, "/publicTimeline", &root, b"http/1.1").await, Some((StatusCode::OK, Version::HTTP_11)));
    let refused = get(&gateway, "/homeTimeline", &root, b"h2").await;
    assert_eq!(refused, Some((StatusCode::UNAUTHORIZED, Version::HTTP_2)));
}

#[tokio::test]
async fn a_new_certificate_holds_without_a_restart() {
    let world = World::new();
    let first = certificate(&world);
    let server = serve(&world);
    assert!(get(&server, "/healthz", &first, b"h2").await.is_some());
    // A certificate that cannot be used is not loaded.
    world.file("certificate.pem", "no certificate");
    let began = Instant::now();
    while !server.log().contains("cannot reload the certificate") {
        assert!(began.elapsed() < Duration::from_secs(20), "{}", server.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(get(&server, "/healthz", &first, b"h2").await.is_some());
    let second = certificate(&world);
    while get(&server, "/healthz", &second, b"h2").await.is_none() {
        assert!(began.elapsed() < Duration::from_secs(40), "{}", server.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(get(&server, "/healthz", &first, b"h2").await, None);
}

#[tokio::test]
async fn byte_order_marks_before_certificate_and_key_are_skipped() {
    let world = World::new();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    world.file("key.pem", &format!("\u{feff}{}", signing_key.serialize_pem()));
    world.file("certificate.pem", &format!("\u{feff}{}", cert.pem()));
    assert!(get(&serve(&world), "/healthz", cert.der(), b"h2").await.is_some());
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let world = World::new();
    certificate(&world);
    let start = |flags: &[&str]| {
        let mut command = world.command("twclone-server");
        command.args(["--port", "0"]).args(flags);
        let output = Output::of(command, "");
        assert_eq!(output.code, Some(1), "{output:?}");
        output.stderr
    };
    assert!(start(&["--tls-certificate", "certificate.pem"]).contains("tls-key"));
    assert!(start(&["--tls-certificate", "missing.pem", "--tls-key", "key.pem"]).contains("missing.pem"));
    world.file("empty.pem", "");
    assert!(start(&["--tls-certificate", "certificate.pem", "--tls-key", "empty.pem"]).contains("empty.pem"));
}
