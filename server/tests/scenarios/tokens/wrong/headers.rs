use ring::signature::KeyPair as _;
use twclone_testkit::{Value, json};

use super::super::changed;
use super::super::forge::{Forge, another_key, encode};
use super::Wrong;

fn without(object: &Value, name: &str) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().remove(name);
    object
}

fn jwk(public: &[u8], kid: &Value) -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": encode(public)})
}

/// Returns tokens whose headers differ in the key, the type, or the critical parameters.
pub(in super::super) fn headers(forge: &Forge) -> Vec<Wrong> {
    [brought_keys(forge), other_words(forge), altered(forge)].concat()
}

/// Returns tokens that carry a key, or say where to find one.
fn brought_keys(forge: &Forge) -> Vec<Wrong> {
    let pair = another_key();
    let public = pair.public_key().as_ref().to_vec();
    let mut wrong = Vec::new();
    let chain = json!(["MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"]);
    for kid in [forge.kid(), json!("mine"), Value::Null] {
        for (name, value) in [
            ("jwk", jwk(&public, &kid)),
            ("jku", json!("http://127.0.0.1:1/jwks.json")),
            ("x5u", json!("http://127.0.0.1:1/chain.pem")),
            ("x5c", chain.clone()),
        ] {
            let header = changed(&changed(&forge.header, "kid", &kid), name, &value);
            let signed = format!("{}.{}", encode(header.to_string()), encode(forge.claims.to_string()));
            let signature = encode(pair.sign(signed.as_bytes()));
            wrong.push((format!("{name} of another key, kid {kid}"), format!("{signed}.{signature}")));
            wrong.push((format!("{name}, our signature, kid {kid}"), forge.of(&header, &forge.claims)));
        }
    }
    wrong.push(("our own key".to_owned(), forge.with_header("jwk", &jwk(&forge.public(), &forge.kid()))));
    wrong
}

fn other_words(forge: &Forge) -> Vec<Wrong> {
    let kid = forge.kid();
    let kid = kid.as_str().unwrap();
    let mut wrong = Vec::new();
    for (name, values) in [
        (
            "typ",
            vec![json!("JWT"), json!("jwt"), json!("at+JWT"), json!("at+jwt "), json!("rt+jwt"), json!(["at+jwt"])],
        ),
        ("kid", vec![json!(""), json!("unknown"), json!(format!("../keys/{kid}")), json!(format!("{kid}\0"))]),
        ("kid", vec![json!(kid.to_uppercase() + "x"), json!(&kid[..kid.len() - 1]), json!([kid]), json!(7)]),
        ("crit", vec![json!(["exp"]), json!(["b64"]), json!(["colour"]), json!([]), json!("exp"), json!([7])]),
        ("alg", vec![Value::Null, json!(["EdDSA"]), json!(8)]),
    ] {
        wrong.extend(values.iter().map(|value| (format!("{name} {value}"), forge.with_header(name, value))));
    }
    for name in ["typ", "alg", "kid"] {
        wrong.push((format!("no {name}"), forge.of(&without(&forge.header, name), &forge.claims)));
        wrong.push((format!("null {name}"), forge.with_header(name, &Value::Null)));
    }
    let critical = changed(&changed(&forge.header, "b64", &json!(false)), "crit", &json!(["b64"]));
    wrong.push(("b64".to_owned(), forge.of(&critical, &forge.claims)));
    wrong.push(("no object".to_owned(), forge.of(&json!(["EdDSA"]), &forge.claims)));
    wrong.push(("no header".to_owned(), forge.of_texts("", &forge.claims.to_string())));
    let twice = forge.header.to_string().replace('{', r#"{"alg":"none","#);
    wrong.push(("alg twice".to_owned(), forge.of_texts(&twice, &forge.claims.to_string())));
    wrong
}

/// Returns tokens that were changed after signing.
fn altered(forge: &Forge) -> Vec<Wrong> {
    let right = forge.right();
    let parts: Vec<_> = right.split('.').collect();
    let header = |header: String| format!("{}.{}.{}", encode(header), parts[1], parts[2]);
    let claims = |claims: Value| format!("{}.{}.{}", parts[0], encode(claims.to_string()), parts[2]);
    let later = forge.claim("exp").as_i64().unwrap() - 1;
    vec![
        ("a header with a space".to_owned(), header(format!("{} ", forge.header))),
        ("a header with a word more".to_owned(), header(changed(&forge.header, "colour", &json!("red")).to_string())),
        ("another end".to_owned(), claims(changed(&forge.claims, "exp", &json!(later)))),
        ("another account".to_owned(), claims(changed(&forge.claims, "sub", &json!("1")))),
    ]
}
