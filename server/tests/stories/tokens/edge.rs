//! Edge tokens: what a gateway asks for once stands for the password, as far and as long as that itself would.

use twclone_domain::accounts::{Origin, Password};
use twclone_domain::{Clock, Installation, Randomness};
use twclone_testkit::{Call, Client, Value, World, json};

use super::forge::Forge;
use super::{Stage, wrong};
use crate::people::{self, PASSWORD, text};

/// What ends a token, and does so to the person with this name and his app password with this id.
type Ending<'a> = (&'a str, &'a dyn Fn(&str, &str));

/// A token for a password, from another process on the same stores: none of the servers has seen the password.
fn issue(world: &World, name: &str, password: &str) -> String {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let opening = Installation::open(world.configuration(), Clock::system(), Randomness::system());
        let installation = opening.await.unwrap();
        let origin = Origin { request_id: "test".to_owned(), address: None, user_agent: None };
        let accounts = &installation.accounts;
        let caller = accounts.authenticate(name, Password::new(password.to_owned()), &origin).await.unwrap();
        let issued = accounts.issue_edge_token(&caller).await.unwrap();
        assert_eq!(issued.expires_in, 300);
        installation.close().await.unwrap();
        issued.token
    })
}

/// The stage with edge tokens for an app password in place of access tokens, and the app password's id.
fn stage_of_app_password() -> (Stage, String) {
    let stage = Stage::set();
    let made = people::app_password(&stage.server, &stage.name, None);
    let token = issue(&stage.world, &stage.name, made["password"].as_str().unwrap());
    let forge = Forge::new(&stage.world, &token);
    (Stage { forge, ..stage }, text(&made["id"]))
}

/// The same for the account's own password.
fn stage_of_password() -> Stage {
    let stage = Stage::set();
    let forge = Forge::new(&stage.world, &issue(&stage.world, &stage.name, PASSWORD));
    Stage { forge, ..stage }
}

fn read(server: &Client, name: &str, token: &str) -> u16 {
    server.get(&format!("/listmsg/{name}")).bearer(token).send().status
}

fn change_password(server: &Client, call: impl Fn(Call) -> Call) -> u16 {
    call(server.call("PUT", "/user/").body("application/json", r#"{"password": "six rings"}"#)).send().status
}

#[test]
fn it_does_what_the_password_does_and_costs_no_bcrypt() {
    let stage = stage_of_password();
    let (server, name) = (&stage.server, &stage.name);
    let token = stage.forge.right();
    stage.accepts(&token);
    let before = server.metric("twclone_bcrypt_total");
    server.post("/sendmsg", &json!({"to": name, "msg": "hello"})).bearer(&token).send().expect(201);
    for path in ["/auth/sessions".to_owned(), format!("/users/{name}/audit")] {
        server.get(&path).bearer(&token).send().expect(200);
    }
    server.post("/auth/app-passwords", &json!({"name": "bot"})).bearer(&token).send().expect(201);
    // Where the password logs in, so does what stands for it; and what that gives does not.
    let tokens = server.call("POST", "/login").bearer(&token).send().expect(200);
    assert_eq!(tokens["username"], json!(name));
    server.call("POST", "/login").bearer(tokens["access_token"].as_str().unwrap()).send().problem(401);
    assert_eq!(server.metric("twclone_bcrypt_total"), before);
    assert_eq!(change_password(server, |call| call.bearer(&token)), 200);
    stage.refuses("another password", &token);
}

#[test]
fn its_scope_is_that_of_the_app_password() {
    let world = World::new();
    let server = people::serve(&world);
    let name = people::sign_up(&server, "owner");
    for scope in [None, Some("read"), Some("write"), Some("messages")] {
        let made = people::app_password(&server, &name, scope);
        let secret = made["password"].as_str().unwrap();
        let token = issue(&world, &name, secret);
        let json = |path, body: Value| server.post(path, &body);
        let calls: [&dyn Fn() -> Call; 8] = [
            &|| server.get(&format!("/listmsg/{name}")),
            &|| json("/sendmsg", json!({"to": name, "msg": "hello"})),
            &|| json("/postTweet", json!({"tweet": "hello"})),
            &|| json("/auth/app-passwords", json!({"name": "more"})),
            &|| server.get("/homeTimeline"),
            &|| server.get("/auth/sessions"),
            &|| server.get(&format!("/users/{name}/delegates")),
            &|| server.call("POST", "/login"),
        ];
        for call in calls {
            let (by_token, by_password) = (call().bearer(&token).send(), call().basic(&name, secret).send());
            assert_eq!(by_token.status, by_password.status, "{scope:?} {by_token:?}");
        }
        let sees_email = |call: Call| call.send().expect(200)["email"].is_string();
        let profile = || server.get(&format!("/user/data/{name}"));
        assert_eq!(sees_email(profile().bearer(&token)), sees_email(profile().basic(&name, secret)), "{scope:?}");
        // Neither does the session that it begins go further.
        let tokens = server.call("POST", "/login").bearer(&token).send().expect(200);
        let sessions = server.get("/auth/sessions").bearer(tokens["access_token"].as_str().unwrap()).send();
        assert_eq!(sessions.status, 403, "{scope:?}");
    }
}

#[test]
fn it_counts_no_more_when_what_it_stands_for_does_not() {
    let world = World::new();
    let servers = [people::serve(&world), people::serve(&world)];
    let admin = |arguments: &[&str]| assert_eq!(world.admin(arguments).code, Some(0), "{arguments:?}");
    let revoke = |name: &str, id: &str| {
        let path = format!("/auth/app-passwords/{id}");
        assert_eq!(servers[0].call("DELETE", &path).basic(name, PASSWORD).send().status, 204);
    };
    let endings: [Ending; 5] = [
        ("another password", &|name, _| {
            assert_eq!(change_password(&servers[0], |call| call.basic(name, PASSWORD)), 200);
        }),
        ("an app password revoked", &revoke),
        ("disabled", &|name, _| admin(&["users", "disable", name])),
        ("disabled and enabled again", &|name, _| {
            admin(&["users", "disable", name]);
            admin(&["users", "enable", name]);
        }),
        ("deleted", &|name, _| {
            assert_eq!(servers[0].call("DELETE", "/user/").basic(name, PASSWORD).send().status, 204);
        }),
    ];
    for (what, end) in endings {
        let name = people::sign_up(&servers[0], "owner");
        let made = people::app_password(&servers[0], &name, None);
        let by_password = issue(&world, &name, PASSWORD);
        let by_app_password = issue(&world, &name, made["password"].as_str().unwrap());
        let seen = |token: &str| [0, 1].map(|place: usize| read(&servers[place], &name, token));
        assert_eq!((seen(&by_password), seen(&by_app_password)), ([200; 2], [200; 2]), "{what}");
        end(&name, made["id"].as_str().unwrap());
        let own = if what == "an app password revoked" { 200 } else { 401 };
        assert_eq!((seen(&by_password), seen(&by_app_password)), ([own; 2], [401; 2]), "{what}");
    }
}

#[test]
fn it_counts_until_it_runs_out_though_another_key_signs() {
    let stage = stage_of_password();
    let given = stage.forge.right();
    for _ in 0..2 {
        assert_eq!(stage.world.admin(&["keys", "rotate"]).code, Some(0));
        stage.accepts(&given);
    }
    // Also where nobody has verified it before.
    stage.accepts(&stage.forge.with_claim("jti", &json!("another")));
    let other = people::serve(&stage.world);
    assert_eq!(read(&other, &stage.name, &given), 200);
    stage.accepts(&issue(&stage.world, &stage.name, PASSWORD));
}

#[test]
fn it_is_no_access_token_and_every_claim_is_looked_at() {
    let (stage, _) = stage_of_app_password();
    for wrong in [wrong::kinds, wrong::claims, wrong::headers, wrong::signatures, wrong::shapes] {
        stage.refuses_all(wrong(&stage.forge));
    }
    let stage = stage_of_password();
    for wrong in [wrong::kinds, wrong::claims] {
        stage.refuses_all(wrong(&stage.forge));
    }
}

#[test]
fn it_belongs_to_one_account_and_its_app_password() {
    let (stage, id) = stage_of_app_password();
    assert_eq!(stage.forge.claim("app_password"), &json!(id));
    let other = people::sign_up(&stage.server, "other");
    let of_other = text(&people::app_password(&stage.server, &other, None)["id"]);
    stage.refuses("app password", &stage.forge.with_claim("app_password", &json!(of_other)));
    let account = Forge::new(&stage.world, &issue(&stage.world, &other, PASSWORD));
    stage.refuses("account", &stage.forge.with_claim("sub", account.claim("sub")));
    let version = stage.forge.claim("credential_version").as_i64().unwrap();
    for version in [version - 1, version + 1] {
        stage.refuses("credential_version", &stage.forge.with_claim("credential_version", &json!(version)));
    }
    stage.accepts(&stage.forge.right());
}
