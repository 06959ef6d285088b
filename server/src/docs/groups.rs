//! The order of the documentation: what people do.

/// A group of routes for one purpose.
pub(super) struct Group {
    /// The anchor.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What the routes are for.
    pub(super) about: &'static str,
    /// The beginnings of the paths of its routes, in the order in which they are shown, some with a method. The longest
    /// one that matches a route, in any group, decides.
    paths: &'static [&'static str],
}

pub(super) const GROUPS: &[Group] = &[
    Group {
        id: "messages",
        title: "Messages",
        about: "Send direct messages, reply with a text or a quick reply, read inboxes, and mark messages as read.",
        paths: &["/sendmsg", "/replyto", "/listmsg", "/listreplies"],
    },
    Group {
        id: "accounts",
        title: "Accounts and logging in",
        about: "Sign up, log in, and manage your sessions and your profile. Every dialect logs in to the same accounts, \
                and every token works in all of them.",
        paths: &[
            "/register",
            "/login",
            "/auth-api/v1/register",
            "/auth-api/v1/login",
            "/auth",
            "/users",
            "/user",
            "/.well-known",
        ],
    },
    Group {
        id: "posts",
        title: "Posts and comments",
        about: "Write, read, edit and delete posts, which some dialects call tweets, and comment on them.",
        paths: &["/postTweet", "POST /posts", "/posts-api/v1/posts", "/tweet", "POST /tweets"],
    },
    Group {
        id: "timelines",
        title: "Timelines",
        about: "Read the posts of everyone, of one user, or of the users that you follow.",
        paths: &[
            "/homeTimeline",
            "/userTimeline",
            "/publicTimeline",
            "/posts/home",
            "/posts",
            "GET /users/{user}",
            "/allposts",
            "/posts-api/v1/feed",
            "/users-api/v1/users/{user}/posts",
            "/timeline",
            "/tweets",
        ],
    },
    Group {
        id: "follows",
        title: "Follows, blocks and mutes",
        about: "Follow and unfollow users, list followers, and decide whom you do not want to see or hear from.",
        paths: &[
            "/follow",
            "/unfollow",
            "/followers",
            "/users-api/v1/users",
            "/user/follow",
            "/user/unfollow",
            "/users/{user}/blocks",
            "/users/{user}/mutes",
        ],
    },
    Group {
        id: "likes",
        title: "Likes and reposts",
        about: "Like posts and show them to your followers. You can always undo your own likes and reposts.",
        paths: &[
            "/repost",
            "/posts-api/v1/posts/{id}/like",
            "/posts-api/v1/posts/{id}/likes",
            "/tweet/id/{id}/like",
            "/tweet/id/{id}/dislike",
            "/tweet/id/{id}/retweet",
        ],
    },
    Group {
        id: "shop",
        title: "Shop",
        about: "Browse the products and fill your cart. Only administrators change products.",
        paths: &["/products", "/product", "/addToCars", "/addToCar"],
    },
    Group {
        id: "delegation",
        title: "Delegation and app passwords",
        about: "Let other accounts act on your behalf, and give each program a password of its own that you can revoke.",
        paths: &["/users/{user}/delegates", "/auth/app-passwords"],
    },
    Group {
        id: "operating",
        title: "Operating the service",
        about: "Check the health of the service, collect metrics, and find out what is running.",
        paths: &[
            "/healthz",
            "/readyz",
            "/metrics",
            "/services",
            "/openapi.json",
            "/auth-api/v1",
            "/posts-api/v1",
            "/users-api/v1",
        ],
    },
];

/// Returns the group of a route and the place in it, as indices.
pub(super) fn place(method: &str, path: &str) -> Option<(usize, usize)> {
    let places = GROUPS.iter().enumerate().flat_map(|(group, Group { paths, .. })| {
        paths.iter().enumerate().map(move |(place, beginning)| (group, place, *beginning))
    });
    let matching = places.filter_map(|(group, place, beginning)| {
        let length = length_of_match(beginning, method, path)?;
        Some((length, (group, place)))
    });
    matching.max_by_key(|(length, _)| *length).map(|(_, place)| place)
}

/// Returns how many segments of a path this beginning covers, and whether it also names the method.
fn length_of_match(beginning: &str, method: &str, path: &str) -> Option<(usize, bool)> {
    let (wanted, beginning) = beginning.split_once(' ').unwrap_or(("", beginning));
    let mut segments = path.split('/').skip(1);
    let matches = beginning.split('/').skip(1).all(|segment| segments.next() == Some(segment));
    let names_method = wanted.eq_ignore_ascii_case(method);
    (matches && (wanted.is_empty() || names_method)).then(|| (beginning.matches('/').count(), names_method))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::operation::Operation;
    use super::*;

    #[test]
    fn every_path_of_a_group_decides_about_a_route() {
        let document = serde_json::from_str(crate::openapi::document()).unwrap();
        let used: BTreeSet<_> = Operation::all(&document).iter().map(|operation| operation.place).collect();
        for (group, Group { paths, .. }) in GROUPS.iter().enumerate() {
            for (place, path) in paths.iter().enumerate() {
                assert!(used.contains(&(group, place)), "no route begins with {path}");
            }
        }
    }

    #[test]
    fn the_longest_beginning_decides() {
        let group = |method, path| place(method, path).map(|(group, _)| GROUPS[group].id);
        assert_eq!(group("get", "/users/{user}"), Some("timelines"));
        assert_eq!(group("put", "/users/{user}"), Some("accounts"));
        assert_eq!(group("get", "/users/{user}/delegates/{delegate}"), Some("delegation"));
        assert_eq!(group("get", "/usersof"), None);
    }
}
