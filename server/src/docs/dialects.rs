//! The dialects, in words.

/// A dialect: its tag in the OpenAPI document, its title, and what it is.
pub(super) struct Dialect {
    pub(super) tag: &'static str,
    pub(super) title: &'static str,
    pub(super) about: &'static str,
}

/// The dialects, in the order in which each group shows them.
pub(super) const DIALECTS: &[Dialect] = &[
    Dialect {
        tag: "messages",
        title: "Dialect 1: direct messages",
        about: "Direct messages, tweets and follows, on short paths. Names in JSON have hyphens: `reply-to-id`.",
    },
    Dialect {
        tag: "microblog",
        title: "Dialect 2: microblog",
        about: "Posts and followers. Parameters may be in the query, in the body, or split between both.",
    },
    Dialect {
        tag: "rest",
        title: "Dialect 3: REST services",
        about: "Posts, comments, likes and follows below `/auth-api/v1`, `/posts-api/v1` and `/users-api/v1`.",
    },
    Dialect {
        tag: "fanout",
        title: "Dialect 4: tweets with tokens",
        about: "Tweets, retweets and profiles. Logging in also sets cookies, for browsers.",
    },
    Dialect {
        tag: "shop",
        title: "Dialect 5: pages and shop",
        about: "Tweets in numbered pages, followers, products and carts. Every request needs a header `Accept`; without \
                it, the response is 440.",
    },
    Dialect {
        tag: "own",
        title: "twclone",
        about: "What none of the five has: sessions, app passwords, delegates, blocks, mutes and the audit log.",
    },
    Dialect { tag: "service", title: "Service", about: "Health, metrics and the OpenAPI document of this server." },
];
