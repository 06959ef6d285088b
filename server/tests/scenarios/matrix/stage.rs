//! One case: an account of its own, and a caller.

use twclone_testkit::{Call, Client, json};

use crate::people::{self, PASSWORD, text};

/// The kinds of callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// The account's owner, with the password.
    Owner,
    /// The owner, with an app password of this scope.
    AppPassword(Option<&'static str>),
    /// A delegate with this scope, with the delegate's own password.
    Delegate(Option<&'static str>),
    /// Another user.
    Other,
    /// Another user, whose role is admin.
    Administrator,
    /// A caller without credentials.
    Nobody,
}

/// The way in which a caller authenticates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Basic,
    /// An access token from a login with the same credentials.
    Token,
}

/// The callers, in the order of the columns.
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

/// A request with real values in place of its placeholders.
pub(super) struct Filled {
    pub(super) path: String,
    pub(super) body: String,
}

/// The placeholders that a row may have in braces.
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

/// A fresh account and a caller.
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

    /// Replaces the row's placeholders by real names and ids, and creates what they stand for.
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

    /// Returns all that the owner sees of the account: audit, messages, profile, posts, followers, followed accounts,
    /// blocks and mutes.
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

    /// Returns what a response must not contain: a password, a hash of one, or an e-mail address other than the
    /// caller's.
    pub(super) fn leak(&self, answer: &str) -> Option<&'static str> {
        let sees_his_own = !matches!(self.caller, Caller::AppPassword(Some("messages")));
        let own = self.credentials.as_ref().filter(|_| sees_his_own).map(|(name, _)| people::email(name));
        let rest = own.map_or_else(|| answer.to_owned(), |own| answer.replace(&own, ""));
        [PASSWORD, "$2b$", ".canary@"].into_iter().find(|secret| rest.contains(secret))
    }
}
