//! One case: an account of its own, and somebody who calls.

use twclone_testkit::{Call, Client, json};

use crate::people::{self, PASSWORD, text};

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// The account's owner, with his password.
    Owner,
    /// The same with an app password of this scope.
    AppPassword(Option<&'static str>),
    /// A delegate with this scope, with his own password.
    Delegate(Option<&'static str>),
    /// Somebody else.
    Other,
    /// Somebody else whose role is admin.
    Administrator,
    /// Somebody who does not say who he is.
    Nobody,
}

/// How he proves who he is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Basic,
    /// An access token that he logged in for with the same.
    Token,
}

/// In the order of the columns.
pub(super) const CALLERS: [Caller; 12] = [
    Caller::Owner,
    Caller::AppPassword(None),
    Caller::AppPassword(Some("read")),
    Caller::AppPassword(Some("write")),
    Caller::AppPassword(Some("messages")),
    Caller::Delegate(None),
    Caller::Delegate(Some("read")),
    Caller::Delegate(Some("write")),
    Caller::Delegate(Some("messages")),
    Caller::Other,
    Caller::Administrator,
    Caller::Nobody,
];

impl Caller {
    pub(super) fn proofs(self) -> &'static [Proof] {
        if self == Self::Nobody { &[Proof::Basic] } else { &[Proof::Basic, Proof::Token] }
    }
}

/// A request as it is sent.
pub(super) struct Filled {
    pub(super) path: String,
    pub(super) body: String,
}

/// What a row may say in braces.
const PLACEHOLDERS: [&str; 14] = [
    "owner",
    "friend",
    "newcomer",
    "followed",
    "password",
    "fresh",
    "question",
    "post",
    "friend_post",
    "session",
    "app",
    "refresh",
    "delegate",
    "line",
];

/// An account that nobody used before, and somebody who calls.
pub(super) struct Stage<'world> {
    server: &'world Client,
    pub(super) owner: String,
    pub(super) caller: Caller,
    proof: Proof,
    /// The caller's name, and a password or a token.
    credentials: Option<(String, String)>,
    friend: &'world str,
}

impl<'world> Stage<'world> {
    pub(super) fn set(
        server: &'world Client,
        caller: Caller,
        proof: Proof,
        friend: &'world str,
        administrator: impl FnOnce() -> String,
    ) -> Self {
        let owner = people::sign_up(server, "owner");
        let basic = match caller {
            Caller::Owner => Some((owner.clone(), PASSWORD.to_owned())),
            Caller::AppPassword(scope) => {
                let secret = people::app_password(server, &owner, scope)["password"].clone();
                Some((owner.clone(), text(&secret)))
            }
            Caller::Delegate(scope) => {
                let name = people::sign_up(server, "delegate");
                let path = format!("/users/{owner}/delegates/{name}");
                let put = server.call("PUT", &path).body("application/json", json!({"scope": scope}).to_string());
                put.basic(&owner, PASSWORD).send().expect(201);
                Some((name, PASSWORD.to_owned()))
            }
            Caller::Other => Some((people::sign_up(server, "other"), PASSWORD.to_owned())),
            Caller::Administrator => Some((administrator(), PASSWORD.to_owned())),
            Caller::Nobody => None,
        };
        let credentials = match (proof, basic) {
            (Proof::Token, Some((name, password))) => {
                let token = text(&people::log_in(server, &name, &password)["access_token"]);
                Some((name, token))
            }
            (_, basic) => basic,
        };
        Self { server, owner, caller, proof, credentials, friend }
    }

    pub(super) fn prove(&self, call: Call) -> Call {
        match (&self.credentials, self.proof) {
            (None, _) => call,
            (Some((name, password)), Proof::Basic) => call.basic(name, password),
            (Some((_, token)), Proof::Token) => call.bearer(token),
        }
    }

    pub(super) fn title(&self) -> String {
        format!("{:?} with {:?}", self.caller, self.proof)
    }

    /// Puts real names and ids where the row has placeholders; what they stand for is made where one is asked for.
    pub(super) fn fill(&self, path: &str, body: &str) -> Filled {
        let mut request = Filled { path: path.to_owned(), body: body.to_owned() };
        for name in PLACEHOLDERS {
            let placeholder = format!("{{{name}}}");
            if request.path.contains(&placeholder) || request.body.contains(&placeholder) {
                let value = self.value(name);
                request.path = request.path.replace(&placeholder, &value);
                request.body = request.body.replace(&placeholder, &value);
            }
        }
        request
    }

    fn value(&self, placeholder: &str) -> String {
        let by_owner = |call: Call| call.basic(&self.owner, PASSWORD);
        match placeholder {
            "owner" => self.owner.clone(),
            "friend" => self.friend.to_owned(),
            "password" => PASSWORD.to_owned(),
            "fresh" => people::fresh_name("fresh"),
            "question" => {
                let body = json!({"to": self.owner, "msg": "Well?", "quick-replies": ["Yes", "No"]});
                text(&self.server.post("/sendmsg", &body).basic(self.friend, PASSWORD).send().expect(201)["id"])
            }
            "newcomer" => people::sign_up(self.server, "newcomer"),
            "session" => {
                people::log_in(self.server, &self.owner, PASSWORD);
                let sessions = by_owner(self.server.get("/auth/sessions")).send().expect(200);
                text(&sessions["sessions"][0]["id"])
            }
            "app" => text(&people::app_password(self.server, &self.owner, None)["id"]),
            "refresh" => text(&people::log_in(self.server, &self.owner, PASSWORD)["refresh_token"]),
            "delegate" => {
                let path = format!("/users/{}/delegates/{}", self.owner, self.friend);
                let put = self.server.call("PUT", &path).body("application/json", "{}");
                by_owner(put).send().expect(201);
                self.friend.to_owned()
            }
            "post" => people::post(self.server, &self.owner, "Before the game."),
            "friend_post" => people::post(self.server, self.friend, "After the game."),
            "followed" => {
                let body = json!({"usernameToFollow": self.friend}).to_string();
                by_owner(self.server.call("PUT", "/follow").body("application/json", body)).send().expect(200);
                self.friend.to_owned()
            }
            "line" => {
                let body = json!({"product_id": 1, "quantity": 1});
                let cart = format!("/addToCars/{}", self.owner);
                text(&by_owner(self.server.post(&cart, &body)).send().expect(201)["id"])
            }
            other => panic!("there is no placeholder {other}"),
        }
    }

    /// All that the owner sees of his account: what happened to it, his messages, his profile, his posts, who follows
    /// him and whom he follows, blocks and mutes.
    pub(super) fn everything(&self) -> String {
        let paths = [
            format!("/users/{}/audit?limit=100", self.owner),
            format!("/listmsg/{}?box=all", self.owner),
            format!("/user/data/{}", self.owner),
            format!("/addToCars/{}", self.owner),
            format!("/users/{}/blocks", self.owner),
            format!("/users/{}/mutes", self.owner),
            format!("/users-api/v1/users/{}/posts", self.owner),
            format!("/users-api/v1/users/{}/followers", self.owner),
            format!("/users-api/v1/users/{}/following", self.owner),
        ];
        let seen = |path: &String| {
            let answer = self.server.get(path).basic(&self.owner, PASSWORD).send();
            answer.expect(200);
            answer.text
        };
        paths.iter().map(seen).collect()
    }

    /// What of an answer nobody may find in it: a password, a hash of one, an e-mail address that is not his own.
    pub(super) fn leak(&self, answer: &str) -> Option<&'static str> {
        let sees_his_own = !matches!(self.caller, Caller::AppPassword(Some("messages")));
        let own = self.credentials.as_ref().filter(|_| sees_his_own).map(|(name, _)| people::email(name));
        let rest = own.map_or_else(|| answer.to_owned(), |own| answer.replace(&own, ""));
        [PASSWORD, "$2b$", ".canary@"].into_iter().find(|secret| rest.contains(secret))
    }
}
