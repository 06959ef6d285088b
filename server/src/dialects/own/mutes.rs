use rocket::{State, delete, get, put};
use twclone_domain::Installation;
use twclone_domain::graph::Restriction;

use super::people::PeopleView;
use crate::answer::{Answer, Answered};
use crate::guards::{self, Authenticated, Query, UserInPath};
use crate::openapi::{Conflicts, Problems, Unchanged, describe};
use crate::pages::PageParameters;

/// List the users that an account mutes
///
/// Newest first. Only the account itself and its delegates can do this.
///
/// ```text
/// http -a mj:bulls localhost:5000/users/mj/mutes
/// ```
#[describe(params(UserInPath, PageParameters), responses((status = 200, body = PeopleView), Problems, Unchanged))]
#[get("/users/<user>/mutes")]
pub(super) async fn list(
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    query: Query,
) -> Answered {
    let request = PageParameters::read(query.0)?;
    let page = installation.graph.restricted(&caller.0, Restriction::Mute, &guards::user(user)?, &request).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&PeopleView::from(page))?.with_next(next))
}

/// Mute a user
///
/// Hides the user's posts from the account's home timeline and public timeline. The muted user is not notified. Changes
/// nothing if the user is already muted. Only the account itself and its delegates can do this.
///
/// ```text
/// http -a mj:bulls PUT localhost:5000/users/mj/mutes/chris
/// ```
#[describe(params(UserInPath, ("other" = String, Path, description = "A user name or an id")),
    responses((status = 204), Problems, Conflicts))]
#[put("/users/<user>/mutes/<other>")]
pub(super) async fn put(
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    other: &str,
) -> Answered {
    installation.graph.restrict(&caller.0, Restriction::Mute, &guards::user(user)?, &guards::user(other)?).await?;
    Ok(Answer::nothing())
}

/// Unmute a user
///
/// Changes nothing if the user is not muted. Only the account itself and its delegates can do this.
///
/// ```text
/// http -a mj:bulls DELETE localhost:5000/users/mj/mutes/chris
/// ```
#[describe(params(UserInPath, ("other" = String, Path, description = "A user name or an id")),
    responses((status = 204), Problems, Conflicts))]
#[delete("/users/<user>/mutes/<other>")]
pub(super) async fn delete(
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    other: &str,
) -> Answered {
    installation.graph.lift(&caller.0, Restriction::Mute, &guards::user(user)?, &guards::user(other)?).await?;
    Ok(Answer::nothing())
}
