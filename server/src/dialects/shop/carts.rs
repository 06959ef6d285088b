use rocket::{State, get, post, put};
use twclone_domain::Installation;
use twclone_domain::shop::NewLine;

use super::bodies::{LineChange, NewLineBody};
use super::cart_views::{CartView, LineView};
use crate::answer::{Answer, Answered};
use crate::guards::{self, Accepting, Authenticated, Body, Idempotency, IfMatch, Query, UserInPath, tag};
use crate::openapi::{Conflicts, NoAccept, Problems, Stale, Unchanged, describe};
use crate::pages::PageParameters;

/// List the lines of a cart
///
/// Newest first. Only the owner of the cart can do this.
///
/// ```text
/// http -a mj:bulls localhost:5000/addToCars/mj
/// ```
#[describe(params(UserInPath, PageParameters),
    responses((status = 200, body = CartView), Problems, Unchanged, NoAccept))]
#[get("/addToCars/<user>")]
pub(super) async fn list(
    _accepting: Accepting,
    installation: &State<Installation>,
    caller: Authenticated,
    user: &str,
    query: Query,
) -> Answered {
    let lines = installation.shop.cart(&caller.0, &guards::user(user)?, &PageParameters::read(query.0)?).await?;
    let next = lines.next.clone();
    Ok(Answer::ok(&CartView::from(lines))?.with_next(next))
}

/// Add a product to a cart
///
/// Always adds a new line. Only the owner of the cart can do this.
///
/// ```text
/// http -a mj:bulls POST localhost:5000/addToCars/mj product_id=1 quantity=2
/// ```
#[describe(request_body = NewLineBody, params(UserInPath),
    responses((status = 201, body = LineView, headers(("Location" = String), ("ETag" = String))), Problems, Conflicts,
        NoAccept))]
#[post("/addToCars/<user>", data = "<body>")]
pub(super) async fn create(
    _accepting: Accepting,
    installation: &State<Installation>,
    caller: Authenticated,
    idempotency: Idempotency,
    user: &str,
    body: Body,
) -> Answered {
    let once = idempotency.once(&body.0);
    let NewLineBody { product, quantity } = NewLineBody::read(body.0)?;
    let new = NewLine { owner: guards::user(user)?, product, quantity, once };
    let done = installation.shop.add_to_cart(&caller.0, new).await?;
    let (location, tag) = (format!("/addToCar/{}", done.value.id), tag(done.value.revision));
    Ok(Answer::created(&LineView::from(done.value), location, done.replayed)?.tagged(tag))
}

/// Show a line of your cart
///
/// Send its `ETag` in `If-Match` when you change the line.
///
/// ```text
/// http -a mj:bulls localhost:5000/addToCar/115566778899
/// ```
#[describe(params(("id" = String, Path, description = "The id of a cart line")),
    responses((status = 200, body = LineView, headers(("ETag" = String))), Problems, Unchanged, NoAccept))]
#[get("/addToCar/<id>")]
pub(super) async fn show(
    _accepting: Accepting,
    installation: &State<Installation>,
    caller: Authenticated,
    id: &str,
) -> Answered {
    let line = installation.shop.line(&caller.0, guards::id("line", id)?).await?;
    let tag = tag(line.revision);
    Ok(Answer::ok(&LineView::from(line))?.tagged(tag))
}

/// Change a line of your cart
///
/// A quantity of 0 removes the line. With `If-Match`, the response is 412 if the line has changed.
///
/// ```text
/// http -a mj:bulls PUT localhost:5000/addToCar/115566778899 quantity=3 If-Match:'"0"'
/// ```
#[describe(request_body = LineChange,
    params(("id" = String, Path, description = "The id of a cart line"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the line that you read")),
    responses((status = 200, body = LineView), (status = 204, description = "The line was removed."), Problems, Stale,
        NoAccept))]
#[put("/addToCar/<id>", data = "<body>")]
pub(super) async fn put(
    _accepting: Accepting,
    installation: &State<Installation>,
    caller: Authenticated,
    expected: IfMatch,
    id: &str,
    body: Body,
) -> Answered {
    let quantity = LineChange::read(body.0)?.quantity.0;
    let line = installation.shop.change_line(&caller.0, guards::id("line", id)?, quantity, &expected.0).await?;
    line.map_or_else(|| Ok(Answer::nothing()), |line| Answer::ok(&LineView::from(line)))
}
