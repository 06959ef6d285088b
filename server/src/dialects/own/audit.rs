use rocket::{State, get};
use serde::Serialize;
use twclone_domain::accounts::Event;
use twclone_domain::{Id, Installation, Page, Timestamp};
use utoipa::ToSchema;

use crate::answer::{Answer, Answered};
use crate::guards::{self, Authenticated, Query, UserInPath};
use crate::openapi::{Problems, Unchanged, describe};
use crate::pages::PageParameters;

/// An event of an account, or an action of a delegate on its behalf.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = Event)]
struct EventView {
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The kind of event: `logged-in`, `login-failed`, `session-ended`, `refresh-token-reused`, `password-changed`,
    /// `profile-changed`, `app-password-made`, `app-password-revoked`, `delegate-added`, `delegate-removed`,
    /// `disabled`, `enabled`, `role-changed`, `deleted`, `message-sent`, `messages-read`.
    #[schema(example = "message-sent")]
    what: &'static str,
    /// Who caused it: a user name, `the administrator` or `nobody known`.
    #[schema(example = "mj")]
    who: String,
    /// What or whom it concerned, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The id of the request, which its response had as `X-Request-Id`.
    request_id: String,
    /// The address of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

/// A page of events, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Events)]
pub(super) struct EventsView {
    events: Vec<EventView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        Self {
            at: event.at(),
            id: event.id,
            what: event.kind.as_str(),
            who: event.actor.as_str().to_owned(),
            detail: event.detail,
            request_id: event.request_id,
            address: event.address,
        }
    }
}

impl From<Page<Event>> for EventsView {
    fn from(page: Page<Event>) -> Self {
        Self { events: page.items.into_iter().map(EventView::from).collect(), next: page.next }
    }
}

/// List the audit events of an account
///
/// What happened to the account, and what its delegates did on its behalf, newest first. Only the owner can list it.
/// Events are kept for 180 days. If an account has more than 2,000 events, only the newest 500 logins and the newest
/// 100 events of each other kind are kept.
///
/// ```text
/// http -a mj:bulls localhost:5000/users/mj/audit
/// ```
#[describe(params(UserInPath, PageParameters), responses((status = 200, body = EventsView), Problems, Unchanged))]
#[get("/users/<user>/audit")]
pub(super) async fn list(
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    query: Query,
) -> Answered {
    let request = PageParameters::read(query.0)?;
    let page = installation.accounts.audit(&caller.0, &guards::user(user)?, &request).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&EventsView::from(page))?.with_next(next))
}
