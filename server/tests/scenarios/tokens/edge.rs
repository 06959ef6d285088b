//! Edge tokens: a gateway gets one in place of a password. Only the services behind the gateway accept it.

use twclone_domain::accounts::{Origin, Password};
use twclone_domain::{Clock, Installation, Randomness};
use twclone_testkit::{Call, Client, Server, Split, World, json};

use super::forge::Forge;
use super::{Stage, changed, wrong};
use crate::peers::{self, Terms, terms_of};
use crate::people::{self, PASSWORD, text};

/// Something that ends tokens, as a name and a function of an account's name and the id of its app password.
type Ending<'a> = (&'a str, &'a dyn Fn(&str, &str));

/// Issues a token for a password in another process on the same stores, so no server has seen the password.
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

/// A stage with a service beside its server, which a handmade gateway calls, and with edge tokens in place of access
/// tokens.
struct Behind {
    stage: Stage,
    service: Server,
    terms: Terms,
}

impl Behind {
    fn set(password: impl FnOnce(&Stage) -> String) -> Self {
        let stage = Stage::set();
        let token = issue(&stage.world, &stage.name, &password(&stage));
        let forge = Forge::new(&stage.world, &token);
        let (service, terms) = messages(&stage.world);
        Self { stage: Stage { forge, ..stage }, service, terms }
    }

    fn of_password() -> Self {
        Self::set(|_| PASSWORD.to_owned())
    }

    /// Does the same for an app password, and returns its id.
    fn of_app_password() -> (Self, String) {
        let mut id = String::new();
        let behind = Self::set(|stage| {
            let made = people::app_password(&stage.server, &stage.name, None);
            id = text(&made["id"]);
            text(&made["password"])
        });
        (behind, id)
    }

    fn read(&self, token: &str) -> u16 {
        read(&self.terms, &self.stage.name, token)
    }

    fn refuses_all(&self, tokens: Vec<(String, String)>) {
        // A token that a header cannot have is not sent.
        for (what, token) in tokens.into_iter().filter(|(_, token)| token.bytes().all(|byte| byte > b' ')) {
            assert_eq!(self.read(&token), 401, "{what}: {token}");
        }
        // The refused tokens do not affect a correct one.
        assert_eq!(self.read(&self.stage.forge.right()), 200);
    }
}

/// Starts a service, and returns it with a gateway's terms for it.
fn messages(world: &World) -> (Server, Terms) {
    let service = world.serve_with(&["messages"]);
    let terms = terms_of(world, "messages", &service);
    (service, terms)
}

/// Reads messages with a token that a gateway sends.
fn read(terms: &Terms, name: &str, token: &str) -> u16 {
    terms.ask("GET", &format!("/listmsg/{name}"), &[("X-Twclone-Caller", token)], "").0
}

fn change_password(server: &Client, name: &str) -> u16 {
    let call = server.call("PUT", "/user/").body("application/json", r#"{"password": "six rings"}"#);
    call.basic(name, PASSWORD).send().status
}

#[test]
fn it_stands_for_the_password_and_costs_no_bcrypt() {
    let behind = Behind::of_password();
    let (token, name) = (behind.stage.forge.right(), &behind.stage.name);
    assert_eq!(behind.read(&token), 200);
    let message = json!({"to": name, "msg": "hello"}).to_string();
    let caller = [("X-Twclone-Caller", token.as_str())];
    assert_eq!(behind.terms.ask("POST", "/sendmsg", &caller, &message).0, 201);
    assert_eq!(behind.service.metric("twclone_bcrypt_total"), 0);
    // It takes precedence over the request's own credentials.
    let also = [caller[0], ("Authorization", "Bearer x.y.z")];
    assert_eq!(behind.terms.ask("GET", &format!("/listmsg/{name}"), &also, "").0, 200);
}

#[test]
fn it_counts_nowhere_but_on_a_gateways_own_connection() {
    let world = World::new();
    let split = Split::start(&world, 1);
    let (single, token) = (world.serve(), issue(&world, "mj", "bulls"));
    let (auth, messages) = (split.instance(0), split.instance(3));
    let ways: [&dyn Fn(Call) -> Call; 4] = [
        &|call| call.bearer(&token),
        &|call| call.header("Cookie", &format!("access-Token={token}")),
        &|call| call.header("X-Twclone-Caller", &token),
        &|call| call.basic("mj", &token),
    ];
    for server in [&**split.gateway(), &single, auth, messages] {
        for way in ways {
            if server.address() != auth.address() {
                way(server.get("/listmsg/mj")).send().problem(401);
            }
            if server.address() != messages.address() {
                way(server.get("/auth/sessions")).send().problem(401);
                way(server.post("/auth/app-passwords", &json!({"name": "bot"}))).send().problem(401);
                let login = way(server.call("POST", "/login")).send();
                assert!(matches!(login.status, 401 | 422), "{login:?}");
            }
        }
        if server.address() != messages.address() {
            server.post("/login", &json!({"username": "mj", "password": token})).send().problem(401);
            server.post("/auth/refresh-token", &json!({"refresh_token": token})).send().problem(401);
            let tokens = server.post("/login", &json!({"username": "mj", "password": "bulls"})).send().expect(200);
            let change = json!({"password": "six rings", "current_password": token}).to_string();
            let change = server.call("PUT", "/user/").body("application/json", change);
            change.bearer(tokens["access_token"].as_str().unwrap()).send().problem(403);
        }
    }
    // A gateway may send it. The caller can neither log in with it, nor has the rights of the account's owner.
    let (auth, messages) = (terms_of(&world, "auth", auth), terms_of(&world, "messages", messages));
    assert_eq!(read(&messages, "mj", &token), 200);
    let caller = [("X-Twclone-Caller", token.as_str())];
    for (method, path, body) in [
        ("GET", "/auth/sessions", ""),
        ("POST", "/auth/app-passwords", r#"{"name": "bot"}"#),
        ("GET", "/users/mj/audit", ""),
        ("GET", "/users/mj/delegates", ""),
        ("PUT", "/users/mj/delegates/kobe", "{}"),
        ("PUT", "/user", r#"{"bio": "another"}"#),
        ("DELETE", "/user", r#"{"current_password": "bulls"}"#),
        ("POST", "/edge/token", ""),
    ] {
        assert_eq!(auth.ask(method, path, &caller, body).0, 403, "{method} {path}");
    }
    assert_eq!(auth.ask("POST", "/login", &caller, "").0, 422);
    assert_eq!(auth.ask("GET", "/users/verify", &caller, "").0, 422);
}

#[test]
fn an_access_token_is_no_edge_token_before_a_service() {
    let behind = Behind::of_password();
    let tokens = people::log_in(&behind.stage.server, &behind.stage.name, PASSWORD);
    assert_eq!(behind.read(tokens["access_token"].as_str().unwrap()), 401);
    let auth = behind.stage.world.serve_with(&["auth"]);
    let basic = "Basic bWo6YnVsbHM=";
    let refused =
        terms_of(&behind.stage.world, "auth", &auth).ask("POST", "/edge/token", &[("Authorization", basic)], "");
    assert_eq!(refused.0, 401, "{refused:?}");
}

#[test]
fn it_counts_no_more_when_what_it_stands_for_does_not() {
    let world = World::new();
    let server = people::serve(&world);
    let services = [messages(&world), messages(&world)];
    let admin = |arguments: &[&str]| assert_eq!(world.admin(arguments).code, Some(0), "{arguments:?}");
    let revoke = |name: &str, id: &str| {
        let path = format!("/auth/app-passwords/{id}");
        assert_eq!(server.call("DELETE", &path).basic(name, PASSWORD).send().status, 204);
    };
    let endings: [Ending; 5] = [
        ("another password", &|name, _| assert_eq!(change_password(&server, name), 200)),
        ("an app password revoked", &revoke),
        ("disabled", &|name, _| admin(&["users", "disable", name])),
        ("disabled and enabled again", &|name, _| {
            admin(&["users", "disable", name]);
            admin(&["users", "enable", name]);
        }),
        ("deleted", &|name, _| {
            assert_eq!(server.call("DELETE", "/user/").basic(name, PASSWORD).send().status, 204);
        }),
    ];
    for (what, end) in endings {
        let name = people::sign_up(&server, "owner");
        let made = people::app_password(&server, &name, None);
        let by_password = issue(&world, &name, PASSWORD);
        let by_app_password = issue(&world, &name, made["password"].as_str().unwrap());
        let seen = |token: &str| [0, 1].map(|place: usize| read(&services[place].1, &name, token));
        assert_eq!((seen(&by_password), seen(&by_app_password)), ([200; 2], [200; 2]), "{what}");
        end(&name, made["id"].as_str().unwrap());
        let own = if what == "an app password revoked" { 200 } else { 401 };
        assert_eq!((seen(&by_password), seen(&by_app_password)), ([own; 2], [401; 2]), "{what}");
    }
}

#[test]
fn it_counts_until_it_runs_out_though_another_key_signs() {
    let behind = Behind::of_password();
    let Stage { world, forge, name, .. } = &behind.stage;
    let given = forge.right();
    for _ in 0..2 {
        assert_eq!(world.admin(&["keys", "rotate"]).code, Some(0));
        assert_eq!(behind.read(&given), 200);
    }
    // Also a token that was not verified before.
    assert_eq!(behind.read(&forge.with_claim("jti", &json!("another"))), 200);
    let (_service, terms) = messages(world);
    assert_eq!(read(&terms, name, &given), 200);
    assert_eq!(behind.read(&issue(world, name, PASSWORD)), 200);
}

#[test]
fn it_is_no_access_token_and_every_claim_is_looked_at() {
    let (behind, _) = Behind::of_app_password();
    for wrong in [wrong::kinds, wrong::claims, wrong::headers, wrong::signatures, wrong::shapes] {
        behind.refuses_all(wrong(&behind.stage.forge));
    }
    let behind = Behind::of_password();
    for wrong in [wrong::kinds, wrong::claims] {
        behind.refuses_all(wrong(&behind.stage.forge));
    }
}

#[test]
fn it_belongs_to_one_account_and_its_app_password() {
    let (behind, id) = Behind::of_app_password();
    let Stage { world, server, forge, .. } = &behind.stage;
    assert_eq!(forge.claim("app_password"), &json!(id));
    let other = people::sign_up(server, "other");
    let of_other = text(&people::app_password(server, &other, None)["id"]);
    let account = Forge::new(world, &issue(world, &other, PASSWORD));
    let version = forge.claim("credential_version").as_i64().unwrap();
    let with = |name: &str, value| forge.of(&forge.header, &changed(&forge.claims, name, value));
    behind.refuses_all(vec![
        ("app password".to_owned(), with("app_password", &json!(of_other))),
        ("account".to_owned(), with("sub", account.claim("sub"))),
        ("version before".to_owned(), with("credential_version", &json!(version - 1))),
        ("version after".to_owned(), with("credential_version", &json!(version + 1))),
    ]);
    // A token that a gateway gets from the service is of the same kind.
    let auth = world.serve_with(&["auth"]);
    let token = {
        use base64::Engine as _;
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{}:{PASSWORD}", behind.stage.name));
        peers::edge_token(&terms_of(world, "auth", &auth), &format!("Basic {basic}"))
    };
    assert_eq!(behind.read(&token), 200);
}
