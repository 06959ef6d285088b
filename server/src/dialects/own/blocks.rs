use rocket::{State, delete, get, put};
use twclone_domain::Installation;
use twclone_domain::graph::Restriction;

use super::people::PeopleView;
use crate::answer::{Answer, Answered};
use crate::guards::{self, Authenticated, Query, UserInPath};
use crate::openapi::{Conflicts, Problems, Unchanged, describe};
use crate::pages::PageParameters;

/// List the users that an account blocks
///
/// Newest first. Only the account itself and its delegates can do this.
///
/// ```text
/// http -a mj:bulls localhost:5000/users/mj/blocks
/// ```
#[describe(params(UserInPath, PageParameters), responses((status = 200, body = PeopleView), Problems, Unchanged))]
#[get("/users/<user>/blocks")]
pub(super) async fn list(
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    query: Query,
) -> Answered {
    let request = PageParameters::read(query.0)?;
    let page = installation.graph.restricted(&caller.0, Restriction::Block, &guards::user(user)?, &request).await?;
    let next = page.next.clone();
    Ok(Answer::ok(&PeopleView::from(page))?.with_next(next))
}

/// Block a user
///
/// Ends follows between the two accounts, in both directions. The blocked user can no longer send messages to the
/// account, follow it or see its posts. To them, the account seems not to exist. Changes nothing if the user is already
/// blocked. Only the account itself and its delegates can do this.
///
/// ```text
/// http -a mj:bulls PUT localhost:5000/users/mj/blocks/chris
/// ```
#[describe(params(UserInPath, ("other" = String, Path, description = "A user name or an id")),
    responses((status = 204), Problems, Conflicts))]
#[put("/users/<user>/blocks/<other>")]
pub(super) async fn put(
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    other: &str,
) -> Answered {
    installation.graph.restrict(&caller.0, Restriction::Block, &guards::user(user)?, &guards::user(other)?).await?;
    Ok(Answer::nothing())
}

/// Unblock a user
///
/// Does not restore follows. Changes nothing if the user is not blocked. Only the account itself and its delegates can
/// do this.
///
/// ```text
/// http -a mj:bulls DELETE localhost:5000/users/mj/blocks/chris
/// ```
#[describe(params(UserInPath, ("other" = String, Path, description = "A user name or an id")),
    responses((status = 204), Problems, Conflicts))]
#[delete("/users/<user>/blocks/<other>")]
pub(super) async fn delete(
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    other: &str,
) -> Answered {
    installation.graph.lift(&caller.0, Restriction::Block, &guards::user(user)?, &guards::user(other)?).await?;
    Ok(Answer::nothing())
}
