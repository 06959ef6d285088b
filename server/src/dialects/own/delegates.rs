use rocket::{State, delete, get, put};
use serde::Serialize;
use twclone_domain::accounts::{Delegate, NewGrant, Scope};
use twclone_domain::{Error, Fields, Installation, Timestamp};
use utoipa::ToSchema;

use crate::answer::{Answer, Answered};
use crate::guards::{self, Authenticated, Body, Query, UserInPath};
use crate::openapi::{Conflicts, Problems, Unchanged, describe};
use crate::pages::PageParameters;

/// What a delegate is to be allowed.
#[derive(ToSchema)]
#[schema(as = NewGrant, rename_all = "kebab-case")]
#[allow(dead_code, reason = "describes the fields")]
pub(super) struct PutDelegate {
    /// `read`, `write` or `messages`; without one all but what is for the owner alone.
    #[schema(pattern = "^(read|write|messages)$")]
    scope: Option<String>,
    /// Until when; without one until it is taken back. `expires_at` is another name for it.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

impl PutDelegate {
    fn read(mut fields: Fields) -> Result<NewGrant, Error> {
        fields.rename("expires_at", "expires-at");
        let scope = fields.optional("scope");
        let expires_at = fields.optional("expires-at");
        fields.end()?;
        Ok(NewGrant { scope: scope?, expires_at: expires_at? })
    }
}

/// An account that may act for another one.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = Delegate)]
pub(super) struct DelegateView {
    /// Who.
    username: String,
    /// `read`, `write` or `messages`, if he may not do all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    scope: Option<Scope>,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// A page of those who may act for an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delegates)]
pub(super) struct DelegatesView {
    delegates: Vec<DelegateView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<Delegate> for DelegateView {
    fn from(delegate: Delegate) -> Self {
        let grant = delegate.grant;
        Self {
            username: delegate.name.into(),
            scope: grant.scope,
            created_at: grant.created_at,
            expires_at: grant.expires_at,
        }
    }
}

/// List delegates
///
/// Who may act for an account, the newest account first; for its owner.
///
/// ```text
/// http -a mj:bulls localhost:5000/users/mj/delegates
/// ```
#[describe(params(UserInPath, PageParameters), responses((status = 200, body = DelegatesView), Problems, Unchanged))]
#[get("/users/<user>/delegates")]
pub(super) async fn list(
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    query: Query,
) -> Answered {
    let request = PageParameters::read(query.0)?;
    let page = installation.accounts.delegates(&caller.0, &guards::user(user)?, &request).await?;
    let next = page.next.clone();
    let delegates = page.items.into_iter().map(DelegateView::from).collect();
    Ok(Answer::ok(&DelegatesView { delegates, next: page.next })?.with_next(next))
}

/// Show a delegate
///
/// For the owner of the account.
///
/// ```text
/// http -a mj:bulls localhost:5000/users/mj/delegates/kobe
/// ```
#[describe(params(UserInPath, ("delegate" = String, Path, description = "A user name or an id")),
    responses((status = 200, body = DelegateView), Problems, Unchanged))]
#[get("/users/<user>/delegates/<delegate>")]
pub(super) async fn show(
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    delegate: &str,
) -> Answered {
    let (user, delegate) = (guards::user(user)?, guards::user(delegate)?);
    let delegate = installation.accounts.delegate(&caller.0, &user, &delegate).await?;
    Answer::ok(&DelegateView::from(delegate))
}

/// Grant a delegate
///
/// For its owner. Another time it changes what the delegate may do.
///
/// ```text
/// http -a mj:bulls PUT localhost:5000/users/mj/delegates/kobe scope=messages
/// ```
#[describe(request_body = PutDelegate,
    params(UserInPath, ("delegate" = String, Path, description = "A user name or an id")),
    responses((status = 200, body = DelegateView), (status = 201, body = DelegateView, headers(("Location" = String))),
        Problems, Conflicts))]
#[put("/users/<user>/delegates/<delegate>", data = "<body>")]
pub(super) async fn put(
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    delegate: &str,
    body: Body,
) -> Answered {
    let grant = PutDelegate::read(body.0)?;
    let (user, delegate) = (guards::user(user)?, guards::user(delegate)?);
    let (delegate, is_new) = installation.accounts.put_delegate(&caller.0, &user, &delegate, grant).await?;
    let view = DelegateView::from(delegate);
    if is_new {
        Answer::created(&view, format!("/users/{user}/delegates/{}", view.username), false)
    } else {
        Answer::ok(&view)
    }
}

/// Revoke a delegate
///
/// From the next request on; for its owner.
///
/// ```text
/// http -a mj:bulls DELETE localhost:5000/users/mj/delegates/kobe
/// ```
#[describe(params(UserInPath, ("delegate" = String, Path, description = "A user name or an id")),
    responses((status = 204), Problems))]
#[delete("/users/<user>/delegates/<delegate>")]
pub(super) async fn delete(
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    delegate: &str,
) -> Answered {
    let (user, delegate) = (guards::user(user)?, guards::user(delegate)?);
    installation.accounts.take_delegate(&caller.0, &user, &delegate).await?;
    Ok(Answer::nothing())
}
