use rocket::{State, get, post};
use twclone_domain::accounts::{Caller, Password};
use twclone_domain::{Error, Installation};

use super::views::{UserView, UsersView};
use crate::answer::{Answer, Answered};
use crate::credentials::{self, SignUp};
use crate::guards::{Idempotency, MaybeAuthenticated, Parameters, Query, RequestOrigin, Unverified};
use crate::openapi::{Conflicts, Problems, Unchanged, describe};
use crate::pages::PageParameters;
use crate::problem::Problem;
use crate::requests::{LogInName, request};

/// List users
///
/// Public profiles of active users, newest first. Only your own includes an e-mail address. Users that you block or
/// that block you are left out.
///
/// ```text
/// http GET localhost:5000/users/
/// ```
#[describe(path = "/users/", params(PageParameters), responses((status = 200, body = UsersView), Problems, Unchanged))]
#[get("/users")]
pub(super) async fn all(installation: &State<Installation>, caller: MaybeAuthenticated, query: Query) -> Answered {
    let page = installation.accounts.list(caller.0.as_ref(), &PageParameters::read(query.0)?).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&UsersView::of(page, caller.0.as_ref()))?.with_next(next))
}

request! {
    /// The user whose password to verify.
    pub(super) struct VerifyParameters {
        /// The user name. Can also be in the body.
        #[example = "chris"]
        "username" => name: Option<LogInName>,
    }
}

request! {
    /// The credentials to verify, unless you use Basic authentication.
    pub(super) struct Verify {
        user: VerifyParameters,
        /// The password.
        #[example = "password2"]
        "password" => password: Option<String>,
    }
}

/// Verify a password
///
/// Returns the user if the password is correct, and 401 otherwise. The password must be in the body or in Basic
/// authentication. A password in the URL is refused.
///
/// ```text
/// http GET 'localhost:5000/users/verify?username=chris' password=password2
/// ```
#[describe(params(VerifyParameters), request_body(content = Option<Verify>),
    responses((status = 200, body = UserView), Problems))]
#[get("/users/verify", data = "<parameters>")]
pub(super) async fn verify(
    installation: &State<Installation>,
    origin: RequestOrigin,
    caller: Unverified<'_>,
    parameters: Parameters,
) -> Answered {
    let Verify { user, password } = Verify::read(parameters.0)?;
    let caller = match (user.name.map(|name| name.0), password.map(Password::new)) {
        (Some(name), Some(password)) => installation.accounts.authenticate(&name, password, &origin.0).await?,
        (None, Some(_)) => return Err(Error::invalid("username", "is missing").into()),
        (name, None) => by_header(&caller, name.as_deref()).await?,
    };
    Ok(Answer::ok(&UserView::of(caller.account().clone(), Some(&caller)))?.not_stored())
}

/// Returns the user of the Basic authentication. If the request has a `username`, too, it must be the same user.
async fn by_header(headers: &Unverified<'_>, name: Option<&str>) -> Result<Caller, Problem> {
    match (headers.caller_with_password().await?, name) {
        (Some(caller), Some(name)) if !name.eq_ignore_ascii_case(caller.name().as_str()) => {
            Err(Error::WrongCredentials.into())
        }
        (Some(caller), _) => Ok(caller),
        (None, None) => Err(Error::invalid("username", "is missing").into()),
        (None, Some(_)) => Err(Error::invalid("password", "is missing, and so is Basic authentication").into()),
    }
}

/// Sign up
///
/// If sign-ups are closed, the response is 403: only administrators can create accounts.
///
/// ```text
/// http POST 'localhost:5000/users/new?username=John' bio='I like pie!' email=John123@gmail.com password=notpassword4
/// ```
#[describe(request_body = SignUp,
    responses((status = 201, body = UserView, headers(("Location" = String))), Problems, Conflicts))]
#[post("/users/new", data = "<parameters>")]
pub(super) async fn new(
    installation: &State<Installation>,
    origin: RequestOrigin,
    idempotency: Idempotency,
    parameters: Parameters,
) -> Answered {
    let once = idempotency.once(&parameters.0);
    let done = installation.accounts.register(SignUp::read(parameters.0)?.into(), once, &origin.0).await?;
    let location = credentials::location(&done.value);
    Answer::created(&UserView::of(done.value, None), location, done.replayed)
}
