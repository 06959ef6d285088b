use rocket::{State, get, put};
use twclone_domain::Installation;

use super::bodies::ProductChanges;
use super::product_views::{ProductView, ProductsView};
use crate::answer::{Answer, Answered};
use crate::guards::{self, Accepting, Authenticated, Body, IfMatch, Query, tag};
use crate::openapi::{NoAccept, Problems, Stale, Unchanged, describe};
use crate::pages::PageParameters;

/// List the products
///
/// Newest first.
///
/// ```text
/// http localhost:5000/products
/// ```
#[describe(params(PageParameters), responses((status = 200, body = ProductsView), Problems, Unchanged, NoAccept))]
#[get("/products")]
pub(super) async fn list(_accepting: Accepting, installation: &State<Installation>, query: Query) -> Answered {
    let products = installation.shop.products(&PageParameters::read(query.0)?).await?;
    let next = products.next.clone();
    Ok(Answer::ok(&ProductsView::from(products))?.for_everyone().with_next(next))
}

/// Show a product
///
/// Send its `ETag` in `If-Match` when you change the product.
///
/// ```text
/// http localhost:5000/product/1
/// ```
#[describe(params(("id" = String, Path, description = "The id of a product")),
    responses((status = 200, body = ProductView, headers(("ETag" = String))), Problems, Unchanged, NoAccept))]
#[get("/product/<id>")]
pub(super) async fn show(_accepting: Accepting, installation: &State<Installation>, id: &str) -> Answered {
    let product = installation.shop.product(guards::id("product", id)?).await?;
    let tag = tag(product.revision);
    Ok(Answer::ok(&ProductView::from(product))?.for_everyone().tagged(tag))
}

/// Change a product
///
/// Changes only the given fields. With `If-Match`, the response is 412 if the product has changed. Only administrators
/// can do this.
///
/// ```text
/// http -a mj:bulls PUT localhost:5000/product/1 price=2499 If-Match:'"0"'
/// ```
#[describe(request_body = ProductChanges,
    params(("id" = String, Path, description = "The id of a product"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the product that you read")),
    responses((status = 200, body = ProductView), Problems, Stale, NoAccept))]
#[put("/product/<id>", data = "<body>")]
pub(super) async fn put(
    _accepting: Accepting,
    installation: &State<Installation>,
    caller: Authenticated,
    expected: IfMatch,
    id: &str,
    body: Body,
) -> Answered {
    let change = ProductChanges::read(body.0)?;
    let id = guards::id("product", id)?;
    let product = installation.shop.change_product(&caller.0, id, change, &expected.0).await?;
    Answer::ok(&ProductView::from(product))
}
