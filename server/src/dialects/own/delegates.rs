use rocket::{State, delete, get, put};
use serde::Serialize;
use twclone_domain::accounts::{Delegate, NewGrant, Scope};
use twclone_domain::{Installation, Timestamp};
use utoipa::ToSchema;

use crate::answer::{Answer, Answered};
use crate::guards::{self, Authenticated, Body, Query, UserInPath};
use crate::openapi::{Conflicts, Problems, Unchanged, describe};
use crate::pages::PageParameters;
use crate::requests::request;

request! {
    /// The permissions of a delegate.
    pub(super) struct PutDelegate as "NewGrant" -> NewGrant {
        /// `read`, `write` or `messages`. Without a scope, the delegate can do everything that is not reserved for the
        /// owner.
        "scope" => scope: Option<Scope>,
        /// The time at which the grant ends. Without a time, it holds until it is revoked. `expires_at` is an alias.
        "expires-at" | "expires_at" => expires_at: Option<Timestamp>,
    }
}

/// A delegate, who can act for an account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = Delegate)]
pub(super) struct DelegateView {
    /// The user name of the delegate.
    username: String,
    /// `read`, `write` or `messages`, if the grant has a scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    scope: Option<Scope>,
    /// The time of the grant.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// The time at which the grant ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// A page of an account's delegates.
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
/// Users who can act on behalf of the account, newest accounts first. Only the owner can list them.
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
/// Only the owner of the account can do this.
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

/// Add a delegate
///
/// If the user is already a delegate, changes what they are allowed to do. Only the owner of the account can do this.
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

/// Remove a delegate
///
/// Takes effect with the next request. Only the owner of the account can do this.
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
