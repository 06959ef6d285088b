//! An exchange of a request and a response with a service. The response counts against the memory for responses.

use std::net::IpAddr;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper::{Request, Response};

use super::answers::Answer;
use super::limits::{Limits, NoRoom};
use super::outgoing::{self, Outgoing};
use super::shares::Share;

/// The client whose memory the response counts against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room<'a> {
    pub(super) client: IpAddr,
    pub(super) limits: &'a Limits,
}

/// Maximum length of a response that counts against no client, as to a readiness check, in bytes.
const SHORT: usize = 16 * 1024;

/// Why an exchange failed. The connection cannot be used again.
pub(super) enum Broken {
    Unsent(Box<Request<Full<Bytes>>>),
    Lost,
    NoRoom(NoRoom),
}

/// Sends a request and reads the whole response. Returns the request in the error if it was not sent.
pub(super) async fn exchange(
    connection: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
    room: Option<Room<'_>>,
) -> Result<Answer, Broken> {
    let sent = connection.try_send_request(request).await;
    let unsent = |request| Broken::Unsent(Box::new(request));
    let (parts, body) = sent.map_err(|mut error| error.take_message().map_or(Broken::Lost, unsent))?.into_parts();
    let body = read(body, room).await?;
    // Until then the connection takes no other request.
    connection.ready().await.ok();
    Ok(Response::from_parts(parts, body))
}

/// Reads a body. Reserves room before it stores any of it.
async fn read(mut body: Incoming, room: Option<Room<'_>>) -> Result<Outgoing, Broken> {
    let told = body.size_hint().exact().map(|told| usize::try_from(told).unwrap_or(usize::MAX));
    let (mut whole, mut held, mut length) = (Vec::new(), None::<Share>, 0);
    let mut make_room = |length: usize| {
        let Some(Room { client, limits }) = room else {
            return if length > SHORT { Err(Broken::Lost) } else { Ok(()) };
        };
        let more = match &mut held {
            Some(held) if held.amount() >= length => Ok(()),
            Some(held) => limits.hold_more_of_answer(held, length - held.amount()),
            None if outgoing::is_counted(length) => limits.hold_answer(client, length).map(|share| held = Some(share)),
            None => Ok(()),
        };
        more.map_err(Broken::NoRoom)
    };
    if let Some(told) = told {
        make_room(told)?;
        whole.reserve_exact(told);
    }
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame.map_err(|_| Broken::Lost)?.into_data() else { continue };
        length += piece.len();
        make_room(length)?;
        whole.extend_from_slice(&piece);
    }
    Ok(match held {
        Some(held) => Outgoing::counted(whole.into(), held),
        None => whole.into(),
    })
}
