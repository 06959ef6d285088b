//! The password rules, wherever a password is set, and that every byte of a password counts.

use twclone_testkit::{Answer, Server, Value, World, json};

use crate::people::{self, PASSWORD};

/// Routes that sign up an account.
const SIGN_UPS: [&str; 5] = ["/register", "/users/new", "/auth-api/v1/register", "/auth/signup", "/users/SignUp"];
/// Routes that change a password.
const CHANGES: [(&str, &str); 3] = [("PUT", "/user/"), ("PATCH", "/user/"), ("PUT", "/users/{user}")];

/// Returns passwords that must be refused, each with a part of the reason.
fn refused() -> Vec<(String, &'static str)> {
    let common = [
        "password1",
        "PassWord1",
        "12345678",
        "iloveyou",
        "sunshine",
        "princess",
        "football",
        "qwertyuiop",
        "trustno1",
        "baseball",
    ];
    let common = common.map(|password| (password.to_owned(), "most common"));
    let others = [
        ("seven77".to_owned(), "at least 8 bytes"),
        // 4 letters, but 7 bytes: the minimum is in bytes.
        ("éééa".to_owned(), "at least 8 bytes"),
        (String::new(), "must not be empty"),
        ("x".repeat(72), "at most 71 bytes"),
        ("x".repeat(1000), "at most 71 bytes"),
        ("é".repeat(36), "at most 71 bytes"),
        (format!("{}🏀", "x".repeat(68)), "at most 71 bytes"),
        ("long enough\0".to_owned(), "NUL"),
        ("\0long enough".to_owned(), "NUL"),
        ("long\0enough".to_owned(), "NUL"),
    ];
    common.into_iter().chain(others).collect()
}

fn sign_up(server: &Server, path: &str, name: &str, password: &Value) -> Answer {
    server.post(path, &json!({"username": name, "email": "new@example.com", "password": password})).send()
}

fn change(server: &Server, (method, path): (&str, &str), name: &str, old: &str, new: &Value) -> Answer {
    let call = server.call(method, &path.replace("{user}", name));
    call.body("application/json", json!({"password": new}).to_string()).basic(name, old).send()
}

fn can_log_in(server: &Server, name: &str, password: &str) -> bool {
    let answer = server.call("POST", "/login").basic(name, password).send();
    assert!([200, 401].contains(&answer.status), "{answer:?}");
    answer.status == 200
}

#[test]
fn what_would_not_hold_is_refused_wherever_a_password_is_taken() {
    let world = World::new();
    let server = people::serve(&world);
    let somebody = people::sign_up(&server, "somebody");
    let refuse = |answer: Answer, why: &str| {
        assert_eq!(answer.blamed(), ["password"], "{answer:?}");
        let message = answer.json()["errors"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(why), "{message}, and not {why}");
    };
    for (password, why) in refused() {
        for path in SIGN_UPS {
            refuse(sign_up(&server, path, "nobody", &json!(password)), why);
        }
        for route in CHANGES {
            refuse(change(&server, route, &somebody, PASSWORD, &json!(password)), why);
        }
    }
    // A value that is no string is refused, even if its text would be long enough.
    for value in [json!(1_234_567_890), json!(["long enough"]), json!({"long": "enough"}), json!(true)] {
        for path in SIGN_UPS {
            assert_eq!(sign_up(&server, path, "nobody", &value).blamed(), ["password"]);
        }
        for route in CHANGES {
            assert_eq!(change(&server, route, &somebody, PASSWORD, &value).blamed(), ["password"]);
        }
    }
    let users = server.get("/users/all").send().expect(200);
    assert_eq!(users["users"].as_array().unwrap().len(), 1, "{users}");
    assert!(can_log_in(&server, &somebody, PASSWORD));
}

#[test]
fn each_way_to_encode_a_password_is_the_same_password() {
    let world = World::new();
    let server = people::serve(&world);
    for (first, second) in [
        ("caf\u{e9} geheim", "cafe\u{301} geheim"),
        ("\u{1112}\u{1161}\u{11ab} 한국", "한 한국"),
        ("ｗｏｒｍ of 91", "worm of 91"),
    ] {
        for (first, second) in [(first, second), (second, first)] {
            let name = people::fresh_name("encoded");
            sign_up(&server, SIGN_UPS[0], &name, &json!(first)).expect(201);
            assert!(can_log_in(&server, &name, first), "{first:?}");
            assert!(can_log_in(&server, &name, second), "{second:?}");
            let changed = people::sign_up(&server, "encoded");
            change(&server, CHANGES[0], &changed, PASSWORD, &json!(first)).expect(200);
            assert!(can_log_in(&server, &changed, second), "{second:?}");
        }
    }
    // The limits apply to the normalized form: these are 6 bytes, 100 bytes, and one of the most common passwords.
    for password in ["ｗｏｒｍ91", &format!("{}a", "\u{fdfa}".repeat(3)), "ｐａｓｓｗｏｒｄ１"] {
        assert_eq!(sign_up(&server, SIGN_UPS[0], "nobody", &json!(password)).blamed(), ["password"], "{password}");
    }
}

#[test]
fn an_unknown_account_costs_as_much_as_a_wrong_password_in_each_encoding() {
    let world = World::new();
    let server = people::serve(&world);
    let known = people::sign_up(&server, "known");
    for (password, expected) in [("caf\u{e9} geheim", 1), ("cafe\u{301} geheim", 2)] {
        for name in [known.as_str(), "unknown"] {
            let before = server.metric("twclone_bcrypt_total");
            assert!(!can_log_in(&server, name, password));
            assert_eq!(server.metric("twclone_bcrypt_total") - before, expected, "{name}");
        }
    }
}

/// Returns passwords of the maximum length, each with others that are nearly the same.
fn longest() -> Vec<(String, Vec<String>)> {
    let letters = "y".repeat(70);
    let wide = "é".repeat(35);
    // The last letter takes bytes 69 to 71. The others differ in its last byte, or in its first.
    let euro = "z".repeat(68);
    vec![
        (
            format!("{letters}a"),
            vec![format!("{letters}b"), letters.clone(), format!("{letters}ab"), format!("{letters}a\0")],
        ),
        (format!("{wide}a"), vec![format!("{wide}b"), format!("{wide}A"), wide.clone(), format!("{wide}aé")]),
        (format!("a{wide}"), vec![format!("b{wide}"), format!("a{}è", "é".repeat(34)), format!("a{}", "é".repeat(34))]),
        (format!("{euro}€"), vec![format!("{euro}₭"), format!("{euro}\u{1000}"), euro.clone(), format!("{euro}€€")]),
    ]
}

#[test]
fn every_byte_of_the_longest_password_counts() {
    let world = World::new();
    let server = people::serve(&world);
    for (number, (password, others)) in longest().into_iter().enumerate() {
        assert_eq!(password.len(), 71);
        let mut accounts = Vec::new();
        for path in SIGN_UPS {
            let name = people::fresh_name("long");
            sign_up(&server, path, &name, &json!(password)).expect(201);
            accounts.push(name);
        }
        let route = CHANGES[number % CHANGES.len()];
        let changed = people::sign_up(&server, "changed");
        change(&server, route, &changed, PASSWORD, &json!(password)).expect(200);
        accounts.push(changed);
        for name in accounts {
            assert!(can_log_in(&server, &name, &password), "{password}");
            for other in &others {
                assert!(!can_log_in(&server, &name, other), "{other} is taken for {password}");
            }
        }
    }
}

#[test]
fn another_password_takes_the_place_of_the_one_before() {
    let world = World::new();
    let server = people::serve(&world);
    for route in CHANGES {
        let name = people::sign_up(&server, "changed");
        let token = people::text(&people::log_in(&server, &name, PASSWORD)["access_token"]);
        let app = people::text(&people::app_password(&server, &name, None)["password"]);
        change(&server, route, &name, PASSWORD, &json!("eight by")).expect(200);
        assert!(can_log_in(&server, &name, "eight by"));
        assert!(!can_log_in(&server, &name, PASSWORD));
        assert!(!can_log_in(&server, &name, &app));
        server.get("/auth/sessions").bearer(&token).send().problem(401);
    }
}

#[test]
fn a_token_changes_password_or_address_and_deletes_only_with_the_password() {
    let world = World::new();
    let server = world.serve_seeded();
    let log_in = |password: &str| {
        let tokens = server.post("/login", &json!({"username": "mj", "password": password})).send().expect(200);
        tokens["access_token"].as_str().unwrap().to_owned()
    };
    let token = log_in("bulls");
    let app = server.post("/auth/app-passwords", &json!({"name": "bot"})).mj().send().expect(201);
    let app = app["password"].as_str().unwrap();
    let ask = |method: &str, path: &str, body: &Value| {
        server
            .call(method, path)
            .bearer(&token)
            .header("Accept", "*/*")
            .body("application/json", body.to_string())
            .send()
    };
    let routes = [("PUT", "/user/"), ("PATCH", "/user/"), ("PUT", "/users/mj")];
    for (method, path) in routes {
        for wanted in [json!({"password": "another plain phrase"}), json!({"email": "thief@example.com"})] {
            let refused = ask(method, path, &wanted);
            assert!(refused.problem(403)["detail"].as_str().unwrap().contains("current_password"), "{refused:?}");
            for wrong in ["wrong", app, ""] {
                let mut wanted = wanted.clone();
                wanted["current_password"] = wrong.into();
                ask(method, path, &wanted).problem(403);
            }
        }
        // Changes that do not affect security need no password.
        ask(method, path, &json!({"bio": "Six rings."})).expect(200);
    }
    ask("DELETE", "/user/", &json!({})).problem(403);
    ask("DELETE", "/user/", &json!({"current_password": "wrong"})).problem(403);
    ask("PATCH", "/user/", &json!({"email": "mj@example.org", "current_password": "bulls"})).expect(200);
    ask("PATCH", "/user/", &json!({"password": "six plain rings", "current_password": "bulls"})).expect(200);
    let token = log_in("six plain rings");
    let delete = server.call("DELETE", "/user/").bearer(&token);
    let deleted = delete.body("application/json", json!({"current_password": "six plain rings"}).to_string()).send();
    assert_eq!(deleted.status, 204, "{deleted:?}");
}
