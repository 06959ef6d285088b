//! HTTP/2 with closed windows, frame by frame (RFC 9113): no client library leaves a response unread on purpose.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::Failure;
use crate::load::trust::Trust;

/// How many requests a connection sends at once.
const STREAMS: u32 = 32;
/// How often each connection then requests `/healthz`, so that it does not look idle.
const ALIVE: Duration = Duration::from_secs(5);
/// Sets `SETTINGS_INITIAL_WINDOW_SIZE` (4) to 0.
const SETTINGS: [u8; 6] = [0, 4, 0, 0, 0, 0];
/// Frame types, and the flags of a request without a body (`END_STREAM` and `END_HEADERS`).
const TYPE_SETTINGS: u8 = 4;
const TYPE_HEADERS: u8 = 1;
const WHOLE: u8 = 0x5;

/// Keeps a number of connections with unread responses open.
pub(super) fn hold(crowd: &mut JoinSet<()>, connections: u32, port: u16, trust: Option<&Trust>) -> Result<(), Failure> {
    let trust = trust.ok_or("HTTP/2 needs a server with TLS")?;
    let (config, name) = (trust.config(b"h2")?, Trust::name()?);
    for _ in 0..connections {
        let (connector, name) = (TlsConnector::from(config.clone()), name.clone());
        crowd.spawn(async move {
            loop {
                if let Ok(stream) = super::connect(port).await
                    && let Ok(stream) = connector.connect(name.clone(), stream).await
                {
                    let _ = ask(stream).await;
                }
                tokio::time::sleep(super::AGAIN).await;
            }
        });
    }
    Ok(())
}

/// Sends requests and reads nothing, until a write fails.
async fn ask(mut stream: TlsStream<TcpStream>) -> std::io::Result<()> {
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await?;
    stream.write_all(&frame(TYPE_SETTINGS, 0, 0, &SETTINGS)).await?;
    let streams = (0..).map(|number| number * 2 + 1);
    for (number, id) in streams.enumerate() {
        let alive = number >= STREAMS as usize;
        if alive {
            tokio::time::sleep(ALIVE).await;
        }
        stream.write_all(&frame(TYPE_HEADERS, WHOLE, id, &fields(alive))).await?;
        stream.flush().await?;
    }
    Ok(())
}

/// Returns a frame: 24 bits of length, type, flags, 31 bits of stream id.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or_default().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Returns the fields of a request in HPACK (RFC 7541): `:method: GET` and `:scheme: https` by their indexes in the
/// static table, path and host as literals with indexed names.
fn fields(health: bool) -> Vec<u8> {
    let literal =
        |name: u8, text: &str| [&[name, u8::try_from(text.len()).unwrap_or_default()], text.as_bytes()].concat();
    let path = if health { "/healthz" } else { "/openapi.json" };
    [vec![0x82, 0x87], literal(4, path), literal(1, "localhost")].concat()
}
