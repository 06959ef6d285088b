use rocket::{State, post};
use twclone_domain::messages::{Message, QuickReply, Reply, Send};
use twclone_domain::{Installation, Outcome};

use super::bodies::{ChoiceReply, ReplyToBody, SendMessage, TextReply};
use super::views::MessageView;
use crate::answer::{Answer, Answered};
use crate::guards::{Authenticated, Body, Idempotency};
use crate::openapi::{Conflicts, Problems, describe};
use crate::requests;

/// Send a message
///
/// The message is on disk and visible to both parties before the response is sent.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/sendmsg to=kobe from=jordan msg=testing
/// ```
#[describe(request_body = SendMessage,
    responses((status = 201, body = MessageView, headers(("Location" = String))), Problems, Conflicts))]
#[post("/sendmsg", data = "<body>")]
pub(super) async fn send_message(
    installation: &State<Installation>,
    caller: Authenticated,
    idempotency: Idempotency,
    body: Body,
) -> Answered {
    let once = idempotency.once(&body.0);
    let draft = SendMessage::read(body.0)?;
    let done = installation.messages.send(&caller.0, Send { draft, once }).await?;
    created(done)
}

/// Reply to a message
///
/// Replies with a text (`msg` and `reply-to-id`) or with one of the quick replies that the message offers
/// (`quick-reply`, its index). Without `reply-to-id`, a quick reply answers the newest message from `to` to `from` that
/// waits for one.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/replyto to=jordan from=kobe msg=hello reply-to-id=24
/// http -a mj:bulls POST localhost:5000/replyto to=kobebryant from=mj quick-reply=2
/// ```
#[describe(request_body = ReplyToBody,
    responses((status = 201, body = MessageView, headers(("Location" = String))), Problems, Conflicts))]
#[post("/replyto", data = "<body>")]
pub(super) async fn reply_to(
    installation: &State<Installation>,
    caller: Authenticated,
    idempotency: Idempotency,
    body: Body,
) -> Answered {
    let once = idempotency.once(&body.0);
    let done = match requests::read(body.0)? {
        ReplyToBody::Text(TextReply { draft, reply_to }) => {
            installation.messages.reply(&caller.0, Reply { draft, reply_to, once }).await?
        }
        ReplyToBody::Choice(ChoiceReply { to, choice, from, reply_to }) => {
            installation.messages.quick_reply(&caller.0, QuickReply { to, choice, from, reply_to, once }).await?
        }
    };
    created(done)
}

fn created(done: Outcome<Message>) -> Answered {
    let location = format!("/listreplies/{}", done.value.id);
    Answer::created(&MessageView::from(done.value), location, done.replayed)
}
