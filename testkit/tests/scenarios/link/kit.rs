//! A server, clients of it, and what they hear through a link.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use twclone_testkit::Link;

/// What an order takes to be seen, at most, on a machine that has other things to do.
pub(super) const SOON: Duration = Duration::from_secs(5);
/// Longer than what passes takes.
pub(super) const QUIET: Duration = Duration::from_millis(60);

/// A server that answers each piece with itself between brackets; and tells what has come to it.
pub(super) fn server() -> (String, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, seen) = channel();
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let sender = sender.clone();
            std::thread::spawn(move || {
                let mut buffer = [0; 4_096];
                while let Ok(count @ 1..) = client.read(&mut buffer) {
                    let _ = sender.send(buffer[..count].to_vec());
                    let _ = client.write_all(&[b"[", &buffer[..count], b"]"].concat());
                }
                // However it ended.
                let _ = sender.send(Vec::new());
                let _ = client.write_all(b"bye");
            });
        }
    });
    (address, seen)
}

pub(super) fn connect(link: &Link) -> TcpStream {
    let client = TcpStream::connect(link.address()).unwrap();
    client.set_read_timeout(Some(SOON)).unwrap();
    client.set_nodelay(true).unwrap();
    client
}

pub(super) fn say(client: &mut TcpStream, text: &str) {
    client.write_all(text.as_bytes()).unwrap();
}

/// So many bytes of what comes.
pub(super) fn hear(client: &mut TcpStream, count: usize) -> String {
    let mut bytes = vec![0; count];
    client.read_exact(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// What comes up to this letter and the bracket behind it, without brackets: on a busy machine the server can take two
/// pieces for one.
pub(super) fn hear_to(client: &mut TcpStream, last: char) -> String {
    let mut heard = String::new();
    while !heard.ends_with(&format!("{last}]")) {
        heard.push_str(&hear(client, 1));
    }
    heard.replace(['[', ']'], "")
}

pub(super) fn ask(client: &mut TcpStream, text: &str) -> String {
    say(client, text);
    hear(client, text.len() + 2)
}

/// How the connection goes on: nothing comes, it has ended, or with what it was broken.
pub(super) fn goes_on(client: &mut TcpStream) -> Result<usize, ErrorKind> {
    client.read(&mut [0; 64]).map_err(|error| error.kind())
}

pub(super) fn is_quiet(client: &mut TcpStream) {
    client.set_read_timeout(Some(QUIET)).unwrap();
    assert_eq!(goes_on(client), Err(ErrorKind::WouldBlock));
    client.set_read_timeout(Some(SOON)).unwrap();
}

pub(super) fn is_reset(client: &mut TcpStream) {
    assert_eq!(goes_on(client), Err(ErrorKind::ConnectionReset));
}

/// How long something takes.
pub(super) fn time(doing: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    doing();
    begun.elapsed()
}
