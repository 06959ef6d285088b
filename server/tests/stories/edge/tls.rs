use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper::{Request, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use twclone_testkit::{Output, Server, World};

/// A certificate that trusts itself, in the files that the server reads.
fn certificate(world: &World) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    // The key first: what does not fit together is not taken.
    world.file("key.pem", &signing_key.serialize_pem());
    world.file("certificate.pem", &cert.pem());
    cert.der().clone()
}

const TLS: [&str; 4] = ["--tls-certificate", "certificate.pem", "--tls-key", "key.pem"];

fn serve(world: &World) -> Server {
    world.serve_with(&TLS)
}

/// Status and version of an answer to a GET, by who trusts this certificate and speaks this protocol; `None` where it is
/// not trusted.
async fn get(
    server: &Server,
    path: &str,
    root: &CertificateDer<'static>,
    protocol: &[u8],
) -> Option<(StatusCode, Version)> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(server.address().trim_start_matches("http://")).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TokioIo::new(TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok()?);
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
    // What does not fit is not taken.
    world.file("certificate.pem", "no certificate");
    let began = Instant::now();
    while !server.log().contains("stays as it was") {
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
