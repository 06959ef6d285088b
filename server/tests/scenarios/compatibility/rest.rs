use twclone_testkit::json;

use super::row::{Row, System};

pub(super) fn system() -> System {
    System {
        title: "3. REST microservices",
        test: "rest_microservices",
        remarks: &["Users are identified by name or id. All requests except the first two are authenticated."],
        rows: [accounts(), posts(), comments_and_likes(), users(), prefixes()].into_iter().flatten().collect(),
    }
}

fn accounts() -> Vec<Row> {
    vec![
        Row::new("3-register", "*POST* /register", "201: the user").call_for(
            "http POST localhost:5000/auth-api/v1/register username=dennis password='worm of 1991' name=Dennis email=dennis@example.com",
            201,
            json!({"id": "*", "username": "dennis", "name": "Dennis"}),
        ),
        Row::new("3-login", "*POST* /login", "200: tokens").call_for(
            "http POST localhost:5000/auth-api/v1/login username=dennis password='worm of 1991'",
            200,
            json!({"access_token": "*", "refresh_token": "*"}),
        ),
    ]
}

fn posts() -> Vec<Row> {
    vec![
        Row::new("3-create-post", "*POST* /posts", "201: the post")
            .call_for(
                "http -a chris:password2 POST localhost:5000/posts-api/v1/posts content='Nine sharp.'",
                201,
                json!({"id": "*", "content": "Nine sharp.", "author": {"username": "chris"}, "created_at": "*", "like_count": 0, "comment_count": 0}),
            )
            .keeps("post", "/id"),
        Row::new("3-feed", "*GET* /feed", "200: your home timeline").call_for(
            "http -a chris:password2 GET localhost:5000/posts-api/v1/feed",
            200,
            json!({"posts": [{"content": "Nine sharp."}]}),
        ),
        Row::new("3-get-post", "*GET* /posts/{id}", "200: the post").call_for(
            "http -a chris:password2 GET localhost:5000/posts-api/v1/posts/{post}",
            200,
            json!({"content": "Nine sharp."}),
        ),
        Row::new("3-edit-post", "*PUT* /posts/{id}", "200: the post, marked as edited")
            .differs("Only for the author and their delegates. The history keeps the previous text.")
            .call_for(
                "http -a chris:password2 PUT localhost:5000/posts-api/v1/posts/{post} content='Ten sharp.'",
                200,
                json!({"content": "Ten sharp.", "edited_at": "*"}),
            )
            .call_to("http -a steve:password2 PUT localhost:5000/posts-api/v1/posts/{post} content='Noon.'", 403),
        Row::new("3-delete-post", "*DELETE* /posts/{id}", "204")
            .differs("Only for the author and their delegates.")
            .call_for("http -a chris:password2 POST localhost:5000/posts-api/v1/posts content=Gone.", 201, json!({"id": "*"}))
            .keeps("gone", "/id")
            .call_to("http -a steve:password2 DELETE localhost:5000/posts-api/v1/posts/{gone}", 403)
            .call_to("http -a chris:password2 DELETE localhost:5000/posts-api/v1/posts/{gone}", 204)
            .call_to("http -a chris:password2 GET localhost:5000/posts-api/v1/posts/{gone}", 404),
    ]
}

fn comments_and_likes() -> Vec<Row> {
    vec![
        Row::new("3-comment", "*POST* /posts/{id}/comments", "201: the comment").call_for(
            "http -a steve:password2 POST localhost:5000/posts-api/v1/posts/{post}/comments content='Who has the keys?'",
            201,
            json!({"id": "*", "content": "Who has the keys?", "author": {"username": "steve"}}),
        ),
        Row::new("3-comments", "*GET* /posts/{id}/comments", "200: `comments`, oldest first").call_for(
            "http -a chris:password2 GET localhost:5000/posts-api/v1/posts/{post}/comments",
            200,
            json!({"comments": [{"content": "Who has the keys?"}]}),
        ),
        Row::new("3-like", "*POST* /posts/{id}/like", "200: the post, with the number of likes")
            .differs("A second like does not count. `/likes` is an alias.")
            .call_for("http -a steve:password2 POST localhost:5000/posts-api/v1/posts/{post}/like", 200, json!({"like_count": 1}))
            .call_for("http -a steve:password2 POST localhost:5000/posts-api/v1/posts/{post}/likes", 200, json!({"like_count": 1})),
        Row::new("3-unlike", "*DELETE* /posts/{id}/like", "200: the post, with the number of likes").call_for(
            "http -a steve:password2 DELETE localhost:5000/posts-api/v1/posts/{post}/like",
            200,
            json!({"like_count": 0}),
        ),
    ]
}

fn users() -> Vec<Row> {
    vec![
        Row::new("3-follow", "*POST* /users/{id}/follow", "200")
            .call_to("http -a chris:password2 POST localhost:5000/users-api/v1/users/7/follow", 200),
        Row::new("3-followers", "*GET* /users/{id}/followers", "200: `users`, newest first").call_for(
            "http -a chris:password2 GET localhost:5000/users-api/v1/users/7/followers",
            200,
            json!({"users": [{"username": "chris"}]}),
        ),
        Row::new("3-following", "*GET* /users/{id}/following", "200: `users`, newest first").call_for(
            "http -a chris:password2 GET localhost:5000/users-api/v1/users/chris/following",
            200,
            json!({"users": [{"username": "scottie"}]}),
        ),
        Row::new("3-unfollow", "*POST* /users/{id}/unfollow", "200")
            .call_to("http -a chris:password2 POST localhost:5000/users-api/v1/users/7/unfollow", 200),
        Row::new("3-posts-of-user", "*GET* /users/{id}/posts", "200: `posts`, newest first").call_for(
            "http -a chris:password2 GET localhost:5000/users-api/v1/users/chris/posts",
            200,
            json!({"posts": [{"content": "Ten sharp."}]}),
        ),
    ]
}

fn prefixes() -> Vec<Row> {
    vec![
        Row::new(
            "3-prefixes",
            "the prefixes auth-api/v1, posts-api/v1, users-api/v1",
            "200: a description of the service",
        )
        .call_to("http GET localhost:5000/auth-api/v1", 200)
        .call_to("http GET localhost:5000/posts-api/v1", 200)
        .call_to("http GET localhost:5000/users-api/v1", 200),
    ]
}
