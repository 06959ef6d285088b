//! The matrix: requests to each route, and the status for each caller.

use twclone_testkit::{Value, json};

use super::expectations::{
    A_THING_OF_THE_OWNERS, ADMINISTRATORS, ANYBODY_KNOWN, EACH_HIS_OWN, EACH_IN_HIS_OWN_NAME, EVERYBODY,
    EVERYBODY_MAKES, EVERYBODY_WITH_A_PASSWORD, READERS_OF_A_MESSAGE, READERS_OF_MESSAGES, Row, THE_OWNER,
    WRITERS_OF_MESSAGES,
};
use super::posts;

/// Returns every route, some with several requests.
pub(super) fn all() -> Vec<Row> {
    let own = [service(), signing_up(), logging_in(), messages(), profiles(), administration()];
    own.into_iter().flatten().chain(posts::all()).chain(super::tweets::all()).chain(super::shop::all()).collect()
}

fn service() -> Vec<Row> {
    let paths = [
        ("GET /healthz", "/healthz"),
        ("GET /readyz", "/readyz"),
        ("GET /metrics", "/metrics"),
        ("GET /openapi.json", "/openapi.json"),
        ("GET /", "/"),
        ("GET /docs", "/docs"),
        ("GET /docs/viewer", "/docs/viewer"),
        ("GET /docs/viewer/<file>", "/docs/viewer/start.js"),
        ("GET /.well-known/jwks.json", "/.well-known/jwks.json"),
        ("GET /auth-api/v1", "/auth-api/v1"),
    ];
    paths.into_iter().map(|(route, path)| Row::new(route, path, EVERYBODY)).collect()
}

fn signing_up() -> Vec<Row> {
    let body = json!({"username": "{fresh}", "email": "{fresh}.canary@example.com", "password": "{password}"});
    let paths = [
        ("POST /register", "/register"),
        ("POST /users/new", "/users/new"),
        ("POST /auth-api/v1/register", "/auth-api/v1/register"),
        ("POST /auth/signup", "/auth/signup"),
        ("POST /users/SignUp", "/users/SignUp"),
    ];
    paths.into_iter().map(|(route, path)| Row::new(route, path, EVERYBODY_MAKES).with(body.clone())).collect()
}

fn logging_in() -> Vec<Row> {
    let paths = [
        ("POST /login", "/login"),
        ("POST /auth-api/v1/login", "/auth-api/v1/login"),
        ("POST /auth/login", "/auth/login"),
        ("POST /users/SignIn", "/users/SignIn"),
    ];
    let by_body = json!({"username": "{owner}", "password": "{password}"});
    let refresh = json!({"refresh_token": "{refresh}"});
    paths
        .into_iter()
        .flat_map(|(route, path)| {
            [
                Row::new(route, path, EVERYBODY).with(by_body.clone()),
                Row::new(route, path, EVERYBODY_WITH_A_PASSWORD).no_token(),
            ]
        })
        .chain([
            Row::new("GET /users/verify", "/users/verify", EVERYBODY_WITH_A_PASSWORD).no_token(),
            // The refresh token is enough to continue or end a session, regardless of other credentials.
            Row::new("POST /auth/refresh-token", "/auth/refresh-token", EVERYBODY).with(refresh.clone()),
            Row::new("POST /auth/logout", "/auth/logout", EVERYBODY).with(refresh).answers(204),
            Row::new("POST /auth/logout", "/auth/logout", ANYBODY_KNOWN).answers(204),
        ])
        .collect()
}

fn messages() -> Vec<Row> {
    let in_his_name = json!({"from": "{owner}", "to": "{friend}", "msg": "hello"});
    let in_words = json!({"from": "{owner}", "to": "{friend}", "msg": "hello", "reply-to-id": "{question}"});
    let choice = json!({"from": "{owner}", "to": "{friend}", "quick-reply": 0, "reply-to-id": "{question}"});
    vec![
        Row::new("GET /listmsg/<user>", "/listmsg/{owner}", READERS_OF_MESSAGES),
        Row::new("GET /listmsg/<user>", "/listmsg/{owner}?box=sent&with={friend}", READERS_OF_MESSAGES),
        Row::new("GET /listreplies/<id>", "/listreplies/{question}", READERS_OF_A_MESSAGE),
        Row::new("POST /sendmsg", "/sendmsg", WRITERS_OF_MESSAGES).with(in_his_name).answers(201),
        Row::new("POST /sendmsg", "/sendmsg", EACH_IN_HIS_OWN_NAME)
            .with(json!({"to": "{friend}", "msg": "hello"}))
            .answers(201),
        Row::new("POST /replyto", "/replyto", WRITERS_OF_MESSAGES).with(in_words).answers(201),
        Row::new("POST /replyto", "/replyto", WRITERS_OF_MESSAGES).with(choice).answers(201),
        Row::new("POST /listmsg/<user>/read", "/listmsg/{owner}/read", WRITERS_OF_MESSAGES)
            .with(json!({"up-to": "{question}"})),
    ]
}

fn profiles() -> Vec<Row> {
    let change = |change: Value| Row::new("PUT /users/<user>", "/users/{owner}", THE_OWNER).with(change);
    vec![
        Row::new("GET /users/all", "/users/all?limit=100", EVERYBODY),
        Row::new("GET /users", "/users/?limit=100", EVERYBODY),
        Row::new("GET /user/data/<user>", "/user/data/{owner}", EVERYBODY),
        Row::new("PUT /user", "/user/", EACH_HIS_OWN).with(json!({"bio": "another"})),
        Row::new("PATCH /user", "/user/", EACH_HIS_OWN).with(json!({"name": "another"})),
        change(json!({"bio": "another"})),
        change(json!({"email": "another@example.com", "current_password": "{password}"})),
        change(json!({"password": "another of 1991", "current_password": "{password}"})),
    ]
}

fn administration() -> Vec<Row> {
    let delegates = "/users/{owner}/delegates";
    vec![
        Row::new("GET /auth/sessions", "/auth/sessions", EACH_HIS_OWN),
        Row::new("DELETE /auth/sessions/<id>", "/auth/sessions/{session}", A_THING_OF_THE_OWNERS).answers(204),
        Row::new("GET /auth/app-passwords", "/auth/app-passwords", EACH_HIS_OWN),
        Row::new("POST /auth/app-passwords", "/auth/app-passwords", EACH_HIS_OWN)
            .with(json!({"name": "bot"}))
            .answers(201),
        Row::new("DELETE /auth/app-passwords/<id>", "/auth/app-passwords/{app}", A_THING_OF_THE_OWNERS).answers(204),
        Row::new("GET /users/<user>/delegates", delegates, THE_OWNER),
        Row::new("GET /users/<user>/delegates/<delegate>", "/users/{owner}/delegates/{delegate}", THE_OWNER),
        Row::new("PUT /users/<user>/delegates/<delegate>", "/users/{owner}/delegates/{friend}", THE_OWNER)
            .with(json!({"scope": "read"}))
            .answers(201),
        Row::new("DELETE /users/<user>/delegates/<delegate>", "/users/{owner}/delegates/{delegate}", THE_OWNER)
            .answers(204),
        Row::new("GET /users/<user>/audit", "/users/{owner}/audit", THE_OWNER),
        Row::new("DELETE /user", "/user/", EACH_HIS_OWN).with(json!({"current_password": "{password}"})).answers(204),
        Row::new("GET /services", "/services", ADMINISTRATORS),
    ]
}
