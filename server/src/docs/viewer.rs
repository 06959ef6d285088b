//! The viewer of the OpenAPI document, `GET /docs/viewer`: Swagger UI, whose files are part of the program. It loads
//! nothing else, and needs no permission for inline scripts or styles.

use std::sync::{Arc, LazyLock};

use rocket::http::{ContentType, Status};
use rocket::{Route, get, routes};
use twclone_domain::Error;
use utoipa_swagger_ui::{Config, serve};

use crate::answer::{Answer, Answered, Shared};
use crate::problem::Problem;

/// The page may use scripts, styles and the API of this server, and the pictures inside its stylesheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static PAGE: LazyLock<Shared> = LazyLock::new(|| Shared::new(include_str!("viewer.html").to_owned()));
static START: LazyLock<Shared> = LazyLock::new(|| Shared::new(include_str!("viewer.js").to_owned()));
static PROGRAM: LazyLock<Option<Shared>> = LazyLock::new(|| vendored("swagger-ui-bundle.js"));
static STYLE: LazyLock<Option<Shared>> = LazyLock::new(|| vendored("swagger-ui.css"));

/// Returns the routes of the viewer.
pub(super) fn routes() -> Vec<Route> {
    routes![page, file]
}

/// Shows the viewer.
#[get("/docs/viewer")]
fn page() -> Answer {
    Answer::shared(ContentType::HTML, &PAGE).with_policy(POLICY.to_owned())
}

/// Returns a file that the viewer loads.
#[get("/docs/viewer/<file>")]
fn file(file: &str) -> Answered {
    let (content_type, shared) = match file {
        "start.js" => (ContentType::JavaScript, Some(&*START)),
        "swagger-ui.js" => (ContentType::JavaScript, PROGRAM.as_ref()),
        "swagger-ui.css" => (ContentType::CSS, STYLE.as_ref()),
        _ => return Err(Error::NotFound("the viewer has no such file".to_owned()).into()),
    };
    let shared = shared.ok_or_else(|| Problem::of_status(Status::InternalServerError))?;
    Ok(Answer::shared(content_type, shared))
}

/// Returns a file of Swagger UI, which the crate contains compressed.
fn vendored(name: &str) -> Option<Shared> {
    let file = serve(name, Arc::new(Config::default())).ok()??;
    Shared::of_compressed(file.bytes.into_owned()).ok()
}
