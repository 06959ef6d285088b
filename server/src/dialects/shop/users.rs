use rocket::{State, post, put};
use serde::Serialize;
use twclone_domain::accounts::{Account, Caller};
use twclone_domain::{Id, Installation};
use utoipa::ToSchema;

use crate::answer::{Answer, Answered};
use crate::credentials::{self, ChangeAccount, LogIn, SignUp, TokensView};
use crate::guards::{self, Accepting, Authenticated, Body, Idempotency, RequestOrigin, Unverified, UserInPath};
use crate::openapi::{Conflicts, NoAccept, Problems, describe};

/// A user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShopUser)]
pub(super) struct UserView {
    /// The id: a decimal number of up to 63 bits.
    #[schema(value_type = String, pattern = "^[0-9]+$")]
    id: Id,
    /// The user name.
    username: String,
    /// The display name, or an empty text.
    name: String,
    /// The e-mail address, if the account is your own.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

impl UserView {
    fn of(account: Account, caller: Option<&Caller>) -> Self {
        let own = caller.is_some_and(|caller| caller.sees_all_of(&account));
        Self {
            id: account.id,
            username: account.profile.name.to_string(),
            name: account.profile.full_name.map(String::from).unwrap_or_default(),
            email: own.then(|| account.profile.email.into()),
        }
    }
}

/// Log in
///
/// ```text
/// http POST localhost:5000/users/SignIn username=mj password=bulls
/// ```
#[describe(request_body = LogIn, responses((status = 200, body = TokensView), Problems, NoAccept))]
#[post("/users/SignIn", data = "<body>")]
pub(super) async fn sign_in(
    _accepting: Accepting,
    installation: &State<Installation>,
    origin: RequestOrigin,
    caller: Unverified<'_>,
    body: Body,
) -> Answered {
    let tokens = credentials::log_in(installation, &origin.0, &caller, body.0).await?;
    Ok(Answer::ok(&TokensView::from(tokens))?.not_stored())
}

/// Sign up
///
/// If sign-ups are closed, the response is 403: only administrators can create accounts.
///
/// ```text
/// http POST localhost:5000/users/SignUp username=dennis email=dennis@example.com password='worm of 1991'
/// ```
#[describe(request_body = SignUp,
    responses((status = 201, body = UserView, headers(("Location" = String))), Problems, Conflicts, NoAccept))]
#[post("/users/SignUp", data = "<body>")]
pub(super) async fn sign_up(
    _accepting: Accepting,
    installation: &State<Installation>,
    origin: RequestOrigin,
    idempotency: Idempotency,
    body: Body,
) -> Answered {
    let once = idempotency.once(&body.0);
    let done = installation.accounts.register(SignUp::read(body.0)?.into(), once, &origin.0).await?;
    let location = credentials::location(&done.value);
    Answer::created(&UserView::of(done.value, None), location, done.replayed)
}

/// Change a user
///
/// Only the user can do this. Changes only the given fields. A new password ends all sessions, including the current
/// one. Changing the e-mail address or the password requires the account's password, in Basic authentication or, with a
/// token, as `current_password`. Otherwise, the response is 403.
///
/// ```text
/// http -a mj:bulls PUT localhost:5000/users/mj bio='Six rings.'
/// ```
#[describe(request_body = ChangeAccount, params(UserInPath),
    responses((status = 200, body = UserView), Problems, NoAccept))]
#[put("/users/<user>", data = "<body>")]
pub(super) async fn put(
    _accepting: Accepting,
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    body: Body,
) -> Answered {
    let update = ChangeAccount::read(body.0)?.into();
    let (account, _) = installation.accounts.update(&caller.0, Some(&guards::user(user)?), update).await?;
    Answer::ok(&UserView::of(account, Some(&caller.0)))
}
