//! OpenAPI links: operations that take values from a response.

use serde_json::{Value, json};

use super::complete::name;

/// Links from a response (method, path and status) to operations (method and path), with their parameters.
struct Link {
    from: (&'static str, &'static str, &'static str),
    to: &'static [(&'static str, &'static str)],
    parameters: &'static [(&'static str, &'static str)],
}

const ID: &[(&str, &str)] = &[("id", "$response.body#/id")];
const THREAD: &[(&str, &str)] = &[("get", "/listreplies/{id}")];
const REST_POST: &[(&str, &str)] = &[
    ("get", "/posts-api/v1/posts/{id}"),
    ("put", "/posts-api/v1/posts/{id}"),
    ("get", "/posts-api/v1/posts/{id}/comments"),
    ("post", "/posts-api/v1/posts/{id}/comments"),
    ("get", "/posts-api/v1/posts/{id}/history"),
    ("post", "/posts-api/v1/posts/{id}/like"),
    ("delete", "/posts-api/v1/posts/{id}/like"),
    ("delete", "/posts-api/v1/posts/{id}"),
];
const TWEET: &[(&str, &str)] = &[
    ("get", "/tweet/id/{id}"),
    ("post", "/tweet/id/{id}/like"),
    ("post", "/tweet/id/{id}/dislike"),
    ("post", "/tweet/id/{id}/retweet"),
    ("delete", "/tweet/id/{id}/retweet"),
    ("delete", "/tweet/id/{id}/delete"),
];
const BY_NAME: &[(&str, &str)] = &[("user", "$response.body#/username")];
const PERSON: &[(&str, &str)] = &[("get", "/user/data/{user}"), ("get", "/users/{user}")];

const LINKS: &[Link] = &[
    Link { from: ("post", "/sendmsg", "201"), to: THREAD, parameters: ID },
    Link { from: ("post", "/replyto", "201"), to: THREAD, parameters: ID },
    Link { from: ("post", "/postTweet", "201"), to: TWEET, parameters: ID },
    Link { from: ("post", "/posts-api/v1/posts", "201"), to: REST_POST, parameters: ID },
    Link { from: ("post", "/posts-api/v1/posts/{id}/comments", "201"), to: REST_POST, parameters: ID },
    Link { from: ("post", "/tweet/create", "201"), to: TWEET, parameters: ID },
    Link {
        from: ("post", "/tweets/{user}", "201"),
        to: &[("get", "/tweet/{id}"), ("put", "/tweet/{id}")],
        parameters: ID,
    },
    Link {
        from: ("post", "/addToCars/{user}", "201"),
        to: &[("get", "/addToCar/{id}"), ("put", "/addToCar/{id}")],
        parameters: ID,
    },
    Link {
        from: ("get", "/products", "200"),
        to: &[("get", "/product/{id}"), ("put", "/product/{id}")],
        parameters: &[("id", "$response.body#/products/0/id")],
    },
    Link {
        from: ("post", "/auth/app-passwords", "201"),
        to: &[("delete", "/auth/app-passwords/{id}")],
        parameters: ID,
    },
    Link {
        from: ("put", "/users/{user}/delegates/{delegate}", "201"),
        to: &[("get", "/users/{user}/delegates/{delegate}"), ("delete", "/users/{user}/delegates/{delegate}")],
        parameters: &[("user", "$request.path.user"), ("delegate", "$request.path.delegate")],
    },
    Link { from: ("post", "/register", "201"), to: PERSON, parameters: BY_NAME },
    Link { from: ("post", "/auth/signup", "201"), to: PERSON, parameters: BY_NAME },
];

/// Adds the links to the responses.
pub(super) fn add(document: &mut Value) {
    for Link { from: (method, path, status), to, parameters } in LINKS {
        let answer = &mut document["paths"][path][method]["responses"][status];
        for (method, path) in *to {
            let operation = name(method, path);
            let parameters: serde_json::Map<_, _> =
                parameters.iter().map(|(name, from)| ((*name).to_owned(), Value::from(*from))).collect();
            answer["links"][&operation] = json!({"operationId": operation, "parameters": parameters});
        }
    }
}
