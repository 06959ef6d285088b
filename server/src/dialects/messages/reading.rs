use rocket::{State, get, post};
use twclone_domain::Installation;
use twclone_domain::messages::{List, MarkRead};

use super::bodies::{ListParameters, ReadUpTo};
use super::views::{MarkedView, MessagesView, ThreadView};
use crate::answer::{Answer, Answered};
use crate::guards::{self, Authenticated, Body, Query, UserInPath};
use crate::openapi::{Problems, Unchanged, describe};
use crate::pages::PageParameters;

/// List a user's messages
///
/// Messages of the account, newest first. Only the account itself and its delegates can list them. Listing does not
/// mark messages as read.
///
/// ```text
/// http -a mj:bulls GET localhost:5000/listmsg/kobebryant
/// ```
#[describe(params(UserInPath, ListParameters), responses((status = 200, body = MessagesView), Problems, Unchanged))]
#[get("/listmsg/<user>")]
pub(super) async fn list_messages(
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    query: Query,
) -> Answered {
    let account = guards::user(user)?;
    let ListParameters { message_box, with, unread, page } = ListParameters::read(query.0)?;
    let list = List { account, message_box, with, unread: unread.0, page };
    let page = installation.messages.list(&caller.0, list).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&MessagesView::from(page))?.with_next(next))
}

/// Mark an inbox as read
///
/// Marks the given message and all earlier ones as read. If there are too many for one request, `more` is true: repeat
/// the request.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/listmsg/mj/read up-to=31
/// ```
#[describe(request_body = ReadUpTo, params(UserInPath), responses((status = 200, body = MarkedView), Problems))]
#[post("/listmsg/<user>/read", data = "<body>")]
pub(super) async fn mark_read(
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    body: Body,
) -> Answered {
    let mark = MarkRead { account: guards::user(user)?, up_to: ReadUpTo::read(body.0)?.up_to };
    let marked = installation.messages.mark_read(&caller.0, mark).await?;
    Answer::ok(&MarkedView::from(marked))
}

/// List the replies to a message
///
/// Returns the message and its replies, oldest first. Only the two parties and their delegates can read them.
///
/// ```text
/// http -a mj:bulls GET localhost:5000/listreplies/24
/// ```
#[describe(params(("id" = String, Path, description = "The id of a message"), PageParameters),
    responses((status = 200, body = ThreadView), Problems, Unchanged))]
#[get("/listreplies/<id>")]
pub(super) async fn list_replies(
    installation: &State<Installation>,
    caller: Authenticated,
    id: &str,
    query: Query,
) -> Answered {
    let request = PageParameters::read(query.0)?;
    let thread = installation.messages.thread(&caller.0, guards::id("message", id)?, &request).await?;
    let next = thread.replies.next.clone();
    Ok(Answer::ok(&ThreadView::from(thread))?.with_next(next))
}
