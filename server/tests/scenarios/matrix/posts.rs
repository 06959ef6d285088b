//! The matrix of posts, the social graph and timelines.

use twclone_testkit::json;

use super::expectations::{
    EACH_HIS_OWN_TIMELINE, EACH_POSTS_IN_HIS_OWN_NAME, EVERYBODY, EVERYBODY_WITH_A_PASSWORD,
    READERS_OF_THE_HOME_TIMELINE, Row, WRITERS_OF_POSTS,
};

/// Returns every route, some with several requests.
pub(super) fn all() -> Vec<Row> {
    [public(), home(), writing(), comments_and_likes(), following()].into_iter().flatten().collect()
}

fn public() -> Vec<Row> {
    let paths = [
        ("GET /publicTimeline", "/publicTimeline"),
        ("GET /userTimeline", "/userTimeline?username={owner}"),
        ("GET /allposts", "/allposts/"),
        ("GET /allposts", "/allposts/?id={post}"),
        ("GET /users/<user>", "/users/{owner}"),
        ("GET /posts/<user>", "/posts/{owner}"),
        ("GET /followers", "/followers/?username={owner}"),
        ("GET /posts-api/v1", "/posts-api/v1"),
        ("GET /posts-api/v1/posts/<id>", "/posts-api/v1/posts/{post}"),
        ("GET /posts-api/v1/posts/<id>/history", "/posts-api/v1/posts/{post}/history"),
        ("GET /posts-api/v1/posts/<id>/comments", "/posts-api/v1/posts/{post}/comments"),
        ("GET /users-api/v1", "/users-api/v1"),
        ("GET /users-api/v1/users/<user>/followers", "/users-api/v1/users/{owner}/followers"),
        ("GET /users-api/v1/users/<user>/following", "/users-api/v1/users/{owner}/following"),
        ("GET /users-api/v1/users/<user>/posts", "/users-api/v1/users/{owner}/posts"),
    ];
    let rows = paths.into_iter().map(|(route, path)| Row::new(route, path, EVERYBODY));
    // The account is the caller's own unless the request names another.
    rows.chain([
        Row::new("GET /userTimeline", "/userTimeline", EVERYBODY_WITH_A_PASSWORD),
        Row::new("GET /followers", "/followers/", EVERYBODY_WITH_A_PASSWORD),
    ])
    .collect()
}

fn home() -> Vec<Row> {
    vec![
        Row::new("GET /homeTimeline", "/homeTimeline?username={owner}", READERS_OF_THE_HOME_TIMELINE),
        Row::new("GET /homeTimeline", "/homeTimeline", EACH_HIS_OWN_TIMELINE),
        Row::new("GET /posts/home", "/posts/home", EACH_HIS_OWN_TIMELINE),
        Row::new("GET /posts-api/v1/feed", "/posts-api/v1/feed", EACH_HIS_OWN_TIMELINE),
    ]
}

fn writing() -> Vec<Row> {
    let rows = [
        ("POST /postTweet", "/postTweet", json!({"tweet": "hello"}), "username"),
        ("POST /posts/new", "/posts/new", json!({"message": "hello"}), "username"),
        ("POST /repost", "/repost", json!({"id": "{friend_post}"}), "username"),
        ("POST /posts-api/v1/posts", "/posts-api/v1/posts", json!({"content": "hello"}), "authorId"),
    ];
    let post = "/posts-api/v1/posts/{post}";
    rows.into_iter()
        .flat_map(|(route, path, own, author)| {
            let mut for_the_owner = own.clone();
            for_the_owner[author] = json!("{owner}");
            [
                Row::new(route, path, WRITERS_OF_POSTS).with(for_the_owner).answers(201),
                Row::new(route, path, EACH_POSTS_IN_HIS_OWN_NAME).with(own).answers(201),
            ]
        })
        .chain([
            Row::new("PUT /posts-api/v1/posts/<id>", post, WRITERS_OF_POSTS).with(json!({"content": "another"})),
            Row::new("DELETE /posts-api/v1/posts/<id>", post, WRITERS_OF_POSTS).answers(204),
        ])
        .collect()
}

fn comments_and_likes() -> Vec<Row> {
    let (comments, path) = ("POST /posts-api/v1/posts/<id>/comments", "/posts-api/v1/posts/{post}/comments");
    let likes = [
        ("POST /posts-api/v1/posts/<id>/like", "/posts-api/v1/posts/{post}/like"),
        ("POST /posts-api/v1/posts/<id>/likes", "/posts-api/v1/posts/{post}/likes"),
        ("DELETE /posts-api/v1/posts/<id>/like", "/posts-api/v1/posts/{post}/like"),
        ("DELETE /posts-api/v1/posts/<id>/likes", "/posts-api/v1/posts/{post}/likes"),
    ];
    likes
        .into_iter()
        .flat_map(|(route, path)| {
            [
                Row::new(route, path, EACH_POSTS_IN_HIS_OWN_NAME),
                Row::new(route, path, WRITERS_OF_POSTS).with(json!({"authorId": "{owner}"})),
            ]
        })
        .chain([
            Row::new(comments, path, EACH_POSTS_IN_HIS_OWN_NAME).with(json!({"content": "hello"})).answers(201),
            Row::new(comments, path, WRITERS_OF_POSTS)
                .with(json!({"content": "hello", "authorId": "{owner}"}))
                .answers(201),
        ])
        .collect()
}

fn following() -> Vec<Row> {
    let (follow, unfollow) = ("/users-api/v1/users/{friend}/follow", "/users-api/v1/users/{friend}/unfollow");
    let both = json!({"username": "{owner}", "friend_username": "{followed}"});
    let rows = [
        ("PUT /follow", "/follow", json!({"usernameToFollow": "{friend}"}), "username"),
        ("POST /unfollow", "/unfollow", json!({"usernameToRemove": "{friend}"}), "username"),
        ("POST /users-api/v1/users/<user>/follow", follow, json!({}), "followerId"),
        ("POST /users-api/v1/users/<user>/unfollow", unfollow, json!({}), "followerId"),
    ];
    rows.into_iter()
        .flat_map(|(route, path, own, follower)| {
            let mut for_the_owner = own.clone();
            for_the_owner[follower] = json!("{owner}");
            [
                Row::new(route, path, WRITERS_OF_POSTS).with(for_the_owner),
                Row::new(route, path, EACH_POSTS_IN_HIS_OWN_NAME).with(own),
            ]
        })
        .chain([
            Row::new("POST /followers/new", "/followers/new", WRITERS_OF_POSTS)
                .with(json!({"username": "{owner}", "friend_username": "{friend}"}))
                .answers(201),
            Row::new("DELETE /unfollow", "/unfollow", WRITERS_OF_POSTS).with(both),
        ])
        .collect()
}
