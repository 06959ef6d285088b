use rocket::{State, delete, get};
use serde::Serialize;
use twclone_domain::accounts::Session;
use twclone_domain::{Id, Installation, Timestamp};
use utoipa::ToSchema;

use crate::answer::{Answer, Answered};
use crate::guards::{self, Authenticated, Query};
use crate::openapi::{Problems, Unchanged, describe};
use crate::pages::PageParameters;

/// An active session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = Session)]
struct SessionView {
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The time of the login.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it last got an access token, which is valid for ten minutes.
    #[schema(value_type = String, format = DateTime)]
    last_used_at: Timestamp,
    /// When it expires unless it is refreshed.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// The `User-Agent` of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    /// The address of the client at the login.
    address: String,
    /// Whether this request belongs to the session.
    current: bool,
}

/// A page of an account's sessions, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sessions)]
pub(super) struct SessionsView {
    sessions: Vec<SessionView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl SessionView {
    fn of(session: Session, current: Option<Id>) -> Self {
        Self {
            id: session.id,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
            user_agent: session.user_agent,
            address: session.address,
            current: current == Some(session.id),
        }
    }
}

/// List your sessions
///
/// ```text
/// http -a mj:bulls localhost:5000/auth/sessions
/// ```
#[describe(params(PageParameters), responses((status = 200, body = SessionsView), Problems, Unchanged))]
#[get("/auth/sessions")]
pub(super) async fn list(installation: &State<Installation>, caller: Authenticated, query: Query) -> Answered {
    let page = installation.accounts.sessions(&caller.0, &PageParameters::read(query.0)?).await?;
    let next = page.next.clone();
    let sessions = page.items.into_iter().map(|session| SessionView::of(session, caller.0.session()));
    Ok(Answer::ok(&SessionsView { sessions: sessions.collect(), next: page.next })?.with_next(next))
}

/// End a session
///
/// Its tokens are invalid from the next request on.
///
/// ```text
/// http -a mj:bulls DELETE localhost:5000/auth/sessions/115566778899
/// ```
#[describe(params(("id" = String, Path, description = "The id of a session")), responses((status = 204), Problems))]
#[delete("/auth/sessions/<id>")]
pub(super) async fn end(installation: &State<Installation>, caller: Authenticated, id: &str) -> Answered {
    installation.accounts.end_session(&caller.0, guards::id("session", id)?).await?;
    Ok(Answer::nothing())
}
