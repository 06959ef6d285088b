use twclone_testkit::{Value, json};

use super::super::changed;
use super::super::forge::Forge;
use super::Wrong;

/// Type and audience of access tokens and of edge tokens, which must not be mixed.
const ACCESS: (&str, &str) = ("at+jwt", "twclone");
const EDGE: (&str, &str) = ("edge+jwt", "twclone-edge");

/// Returns tokens of one kind that claim to be of the other.
pub(in super::super) fn kinds(forge: &Forge) -> Vec<Wrong> {
    let is_edge = forge.header["typ"] == EDGE.0;
    let (name, audience) = if is_edge { ACCESS } else { EDGE };
    let (header, claims) = (&forge.header, &forge.claims);
    let (renamed, elsewhere) = (changed(header, "typ", &json!(name)), changed(claims, "aud", &json!(audience)));
    let both = changed(claims, "aud", &json!([ACCESS.1, EDGE.1]));
    let mut wrong = vec![
        ("the other type".to_owned(), forge.of(&renamed, claims)),
        ("the other audience".to_owned(), forge.of(header, &elsewhere)),
        ("the other type and audience".to_owned(), forge.of(&renamed, &elsewhere)),
        ("both audiences".to_owned(), forge.of(header, &both)),
        ("the other type, both audiences".to_owned(), forge.of(&renamed, &both)),
    ];
    // With the claims of the other kind it is still not valid.
    let other = if is_edge { with_session(claims) } else { without_session(claims) };
    wrong.push(("the other's claims".to_owned(), forge.of(header, &other)));
    wrong.push(("the other's claims and type".to_owned(), forge.of(&renamed, &other)));
    let password = changed(claims, "app_password", &claims["sub"]);
    wrong.push(("an app password that is none".to_owned(), forge.of(header, &password)));
    wrong
}

fn with_session(claims: &Value) -> Value {
    changed(claims, "sid", &claims["sub"])
}

fn without_session(claims: &Value) -> Value {
    let mut claims = claims.clone();
    claims.as_object_mut().unwrap().remove("sid");
    claims
}
