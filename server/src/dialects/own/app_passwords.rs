use rocket::{State, delete, get, post};
use serde::Serialize;
use twclone_domain::accounts::{AppPassword, AppPasswordName, NewAppPassword, Scope};
use twclone_domain::{Id, Installation, Timestamp};
use utoipa::ToSchema;

use crate::answer::{Answer, Answered};
use crate::guards::{self, Authenticated, Body, Idempotency, Query};
use crate::openapi::{Conflicts, Problems, Unchanged, describe};
use crate::pages::PageParameters;
use crate::requests::request;

request! {
    /// A new app password.
    pub(super) struct AddAppPassword as "NewAppPassword" -> NewAppPassword {
        /// The name.
        #[example = "my bot"]
        "name" => name: AppPasswordName,
        /// `read`, `write` or `messages`. Without a scope, it can do everything except administer the account.
        "scope" => scope: Option<Scope>,
        /// The time at which it expires. Without a time, it works until it is revoked. `expires_at` is an alias.
        "expires-at" | "expires_at" => expires_at: Option<Timestamp>,
    }
}

/// An app password, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = AppPassword)]
struct AppPasswordView {
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The name.
    name: String,
    /// `read`, `write` or `messages`, if it has a scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    scope: Option<Scope>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// A new app password, with its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AddedAppPassword)]
pub(super) struct AddedView {
    #[serde(flatten)]
    about: AppPasswordView,
    /// The secret. It is shown only here. It can be used in place of the account's password.
    password: String,
}

/// A page of an account's app passwords, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = AppPasswords)]
pub(super) struct AppPasswordsView {
    app_passwords: Vec<AppPasswordView>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<AppPassword> for AppPasswordView {
    fn from(app_password: AppPassword) -> Self {
        Self {
            id: app_password.id,
            name: app_password.name.to_string(),
            scope: app_password.scope,
            created_at: app_password.created_at,
            expires_at: app_password.expires_at,
        }
    }
}

/// List your app passwords
///
/// ```text
/// http -a mj:bulls localhost:5000/auth/app-passwords
/// ```
#[describe(params(PageParameters), responses((status = 200, body = AppPasswordsView), Problems, Unchanged))]
#[get("/auth/app-passwords")]
pub(super) async fn list(installation: &State<Installation>, caller: Authenticated, query: Query) -> Answered {
    let page = installation.accounts.app_passwords(&caller.0, &PageParameters::read(query.0)?).await?;
    let next = page.next.clone();
    let app_passwords = page.items.into_iter().map(AppPasswordView::from).collect();
    Ok(Answer::ok(&AppPasswordsView { app_passwords, next: page.next })?.with_next(next))
}

/// Create an app password
///
/// An app password is a random secret for a program, which then does not need the account's own password. It is shown only
/// once. A second request with the same `Idempotency-Key` therefore gets a 409 response. App passwords cannot manage
/// sessions, app passwords, delegates or the profile, read the audit log, or delete the account.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/auth/app-passwords name='my bot' scope=messages
/// ```
#[describe(request_body = AddAppPassword,
    responses((status = 201, body = AddedView, headers(("Location" = String))), Problems, Conflicts))]
#[post("/auth/app-passwords", data = "<body>")]
pub(super) async fn add(
    installation: &State<Installation>,
    caller: Authenticated,
    idempotency: Idempotency,
    body: Body,
) -> Answered {
    let once = idempotency.once(&body.0);
    let new = AddAppPassword::read(body.0)?;
    let (made, password) = installation.accounts.add_app_password(&caller.0, new, once).await?;
    let added = AddedView { about: AppPasswordView::from(made), password };
    Ok(Answer::created(&added, "/auth/app-passwords".to_owned(), false)?.not_stored())
}

/// Revoke an app password
///
/// The app password, and the sessions that were started with it, are invalid from the next request on.
///
/// ```text
/// http -a mj:bulls DELETE localhost:5000/auth/app-passwords/115566778899
/// ```
#[describe(params(("id" = String, Path, description = "The id of an app password")),
    responses((status = 204), Problems))]
#[delete("/auth/app-passwords/<id>")]
pub(super) async fn revoke(installation: &State<Installation>, caller: Authenticated, id: &str) -> Answered {
    installation.accounts.revoke_app_password(&caller.0, guards::id("app password", id)?).await?;
    Ok(Answer::nothing())
}
