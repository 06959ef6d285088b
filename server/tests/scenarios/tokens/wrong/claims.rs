use twclone_testkit::{Value, json};

use super::super::changed;
use super::super::forge::Forge;
use super::Wrong;

/// All required claims. Edge tokens have no `sid`.
const REQUIRED: [&str; 9] = ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid", "credential_version"];

/// Returns tokens with claims that are missing, of another type, or wrong.
pub(in super::super) fn claims(forge: &Forge) -> Vec<Wrong> {
    [other_values(forge), other_times(forge), other_types(forge)].concat()
}

fn has(forge: &Forge, name: &str) -> bool {
    forge.claims.get(name).is_some()
}

fn other_values(forge: &Forge) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for name in REQUIRED.into_iter().filter(|name| has(forge, name)) {
        let mut claims = forge.claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        wrong.push((format!("no {name}"), forge.of(&forge.header, &claims)));
    }
    for (name, values) in [
        ("iss", vec![json!("somebody"), json!(""), json!("Twclone"), json!("twclone/"), json!(["twclone"])]),
        ("aud", vec![json!("somebody"), json!(""), json!(["somebody"]), json!([]), json!(["twclone", "somebody"])]),
        ("sub", vec![json!(""), json!("0"), json!("1"), json!("owner_0"), json!("-1"), json!("9223372036854775808")]),
        ("sid", vec![json!(""), json!("0"), json!("1"), json!("-1"), json!("1 OR 1=1")]),
        (
            "app_password",
            vec![json!(""), json!("0"), json!("1"), json!("-1"), json!("1 OR 1=1"), Value::Null, json!(7)],
        ),
    ] {
        wrong.extend(values.iter().map(|value| (format!("{name} {value}"), forge.with_claim(name, value))));
    }
    wrong
}

fn other_times(forge: &Forge) -> Vec<Wrong> {
    let number = |name| forge.claim(name).as_i64().unwrap();
    let (now, lifetime) = (number("iat"), number("exp") - number("iat"));
    [
        ("has run out", now - 700, now - 700, now - 100),
        ("ran out a moment ago", now - lifetime, now - lifetime, now - 10),
        ("does not begin yet", now, now + 100, now + lifetime),
        ("is from the future", now + 100, now, now + lifetime),
        ("lives too long", now, now, now + lifetime + 1),
        ("lives for ever", now, now, i64::MAX),
        ("lives since long ago", now - 86_400, now - 86_400, now + 500),
        ("overflows", -2, 0, i64::MAX),
        ("overflows below", i64::MIN, i64::MIN, i64::MAX),
        ("is of the year 1970", 0, 0, 600),
    ]
    .map(|(what, issued, begins, ends)| {
        let claims = changed(&forge.claims, "iat", &json!(issued));
        let claims = changed(&changed(&claims, "nbf", &json!(begins)), "exp", &json!(ends));
        (what.to_owned(), forge.of(&forge.header, &claims))
    })
    .to_vec()
}

fn other_types(forge: &Forge) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for name in REQUIRED.into_iter().chain(["app_password"]).filter(|name| has(forge, name)) {
        let right = forge.claim(name);
        let mut values = vec![Value::Null, json!([right]), json!({"value": right}), json!(true)];
        match right.as_i64() {
            Some(number) => values.extend([json!(number.to_string()), json!(""), json!(1e300)]),
            None => values.push(json!(7)),
        }
        wrong.extend(values.iter().map(|value| (format!("{name} {value}"), forge.with_claim(name, value))));
        // Numbers of other kinds, and duplicate claims, are made as text, because no JSON value can hold them.
        let text = forge.claims.to_string();
        let pair = format!("\"{name}\":{right}");
        let mut texts = vec![text.replace(&pair, &format!("{pair},{pair}"))];
        if right.is_i64() {
            texts.extend([".0", "e0", ".5"].map(|end| text.replace(&pair, &format!("{pair}{end}"))));
        }
        for changed in texts {
            assert_ne!(changed, text);
            wrong.push((format!("{name} written otherwise"), forge.of_texts(&forge.header.to_string(), &changed)));
        }
    }
    wrong
}
