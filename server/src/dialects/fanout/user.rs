use rocket::{State, delete, get, patch, put};
use twclone_domain::accounts::{Caller, Password};
use twclone_domain::{Fields, Installation};

use super::views::ProfileView;
use crate::answer::{Answer, Answered};
use crate::credentials::{ChangeAccount, OwnPassword};
use crate::guards::{self, Authenticated, Body, MaybeAuthenticated, UserInPath};
use crate::openapi::{Problems, Unchanged, describe};

/// Show a profile
///
/// ```text
/// http localhost:5000/user/data/mj
/// ```
#[describe(params(UserInPath), responses((status = 200, body = ProfileView), Problems, Unchanged))]
#[get("/user/data/<user>")]
pub(super) async fn data(installation: &State<Installation>, caller: MaybeAuthenticated, user: &str) -> Answered {
    let (account, counts) = installation.accounts.profile(caller.0.as_ref(), &guards::user(user)?).await?;
    Answer::ok(&ProfileView::of(account, counts, caller.0.as_ref()))
}

/// Change your account
///
/// Changes only the given fields. A new password ends all sessions, including the current one. Changing the e-mail
/// address or the password requires the account's password, in Basic authentication or, with a token, as
/// `current_password`. Otherwise, the response is 403.
///
/// ```text
/// http -a mj:bulls PUT localhost:5000/user/ bio='Six rings.'
/// ```
#[describe(path = "/user/", request_body = ChangeAccount, responses((status = 200, body = ProfileView), Problems))]
#[put("/user", data = "<body>")]
pub(super) async fn put(installation: &State<Installation>, caller: Authenticated, body: Body) -> Answered {
    change(installation, &caller.0, body.0).await
}

/// Change your account
///
/// Equivalent to `PUT /user/`.
///
/// ```text
/// http -a mj:bulls PATCH localhost:5000/user/ name='Michael Jordan'
/// ```
#[describe(path = "/user/", request_body = ChangeAccount, responses((status = 200, body = ProfileView), Problems))]
#[patch("/user", data = "<body>")]
pub(super) async fn patch(installation: &State<Installation>, caller: Authenticated, body: Body) -> Answered {
    change(installation, &caller.0, body.0).await
}

async fn change(installation: &Installation, caller: &Caller, body: Fields) -> Answered {
    let (account, counts) = installation.accounts.update(caller, None, ChangeAccount::read(body)?.into()).await?;
    Answer::ok(&ProfileView::of(account, counts, Some(caller)))
}

/// Delete your account
///
/// Ends all sessions of the account. Its name stays taken. What it wrote is removed in the background. The recipients
/// of its messages keep their conversations, with "deleted account" as the sender. Requires the account's password, in
/// Basic authentication or, with a token, as `current_password`. Otherwise, the response is 403.
///
/// ```text
/// http -a mj:bulls DELETE localhost:5000/user/
/// ```
#[describe(path = "/user/", request_body = OwnPassword, responses((status = 204), Problems))]
#[delete("/user", data = "<body>")]
pub(super) async fn delete(installation: &State<Installation>, caller: Authenticated, body: Body) -> Answered {
    let OwnPassword { current } = OwnPassword::read(body.0)?;
    installation.accounts.delete(&caller.0, current.map(Password::new)).await?;
    Ok(Answer::nothing().not_stored())
}
