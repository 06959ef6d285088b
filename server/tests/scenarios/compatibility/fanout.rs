use twclone_testkit::json;

use super::row::{Row, System};

pub(super) fn system() -> System {
    System {
        title: "4. JWT and fan-out",
        test: "jwt_fanout",
        remarks: &[
            "PostgreSQL, Redis, RabbitMQ, Consul and HAProxy are not needed.",
            "`fan-out-threshold` is the follower count above which posts are pulled instead of pushed. It is 5,000 by \
             default, not 10.",
        ],
        rows: [auth(), user(), tweet(), timeline(), ends()].into_iter().flatten().collect(),
    }
}

fn auth() -> Vec<Row> {
    vec![
        Row::new("4-signup", "POST /auth/signup", "201: the user").call_for(
            "http POST localhost:5000/auth/signup username=dennis email=dennis@example.com password='worm of 1991'",
            201,
            json!({"id": "*", "username": "dennis"}),
        ),
        Row::new("4-login", "POST /auth/login", "200: tokens, and the cookies `access-Token` and `refresh-Token`")
            .call_for(
                "http POST localhost:5000/auth/login username=dennis password='worm of 1991'",
                200,
                json!({"access_token": "*", "refresh_token": "*"}),
            )
            .keeps("refresh", "/refresh_token"),
        Row::new("4-refresh-token", "POST /auth/refresh-token", "200: new tokens")
            .differs("For 30 s, or until its successor is used, a refresh token returns the same successor. Later use ends the session.")
            .call_for(
                "http POST localhost:5000/auth/refresh-token refresh_token={refresh}",
                200,
                json!({"access_token": "*"}),
            )
            .keeps("token", "/access_token"),
        Row::new("4-public-key", "the public key is shared by other services for authentication", "200: a JWK set")
            .call_for(
                "http GET localhost:5000/.well-known/jwks.json",
                200,
                json!({"keys": [{"kty": "OKP", "crv": "Ed25519"}]}),
            ),
    ]
}

fn user() -> Vec<Row> {
    vec![
        Row::new("4-user-data", "GET /user/data/:username", "200: the profile, with counts").call_for(
            "http GET localhost:5000/user/data/chris",
            200,
            json!({"username": "chris", "bio": "*", "follower_count": 2, "following_count": 1}),
        ),
        Row::new("4-update-user", "UPDATE /", "200: the profile")
            .differs("HTTP has no method UPDATE. Use PUT or PATCH on `/user/`.")
            .call_for(
                "http -A bearer -a {token} PUT localhost:5000/user/ bio='The worm.'",
                200,
                json!({"bio": "The worm."}),
            )
            .call_for(
                "http -A bearer -a {token} PATCH localhost:5000/user/ name=Dennis",
                200,
                json!({"name": "Dennis"}),
            ),
        Row::new("4-follow", "POST /user/follow?username=", "200")
            .call_to("http -A bearer -a {token} POST localhost:5000/user/follow?username=chris", 200),
        Row::new("4-unfollow", "POST /user/unfollow?username=", "200")
            .call_to("http -A bearer -a {token} POST localhost:5000/user/unfollow?username=chris", 200),
    ]
}

fn tweet() -> Vec<Row> {
    vec![
        Row::new("4-create", "POST /tweet/create", "201: the tweet")
            .call_for(
                "http -A bearer -a {token} POST localhost:5000/tweet/create tweet_content='Rebounds win.'",
                201,
                json!({"id": "*", "user_id": "dennis", "tweet_content": "Rebounds win.", "like_count": 0, "retweet_count": 0}),
            )
            .keeps("tweet", "/id"),
        Row::new("4-tweet", "GET /tweet/id/:id", "200: the tweet")
            .call_for("http GET localhost:5000/tweet/id/{tweet}", 200, json!({"tweet_content": "Rebounds win."})),
        Row::new("4-like", "POST /tweet/id/:id/like", "200: the tweet").call_for(
            "http -a chris:password2 POST localhost:5000/tweet/id/{tweet}/like",
            200,
            json!({"like_count": 1, "likes": ["chris"]}),
        ),
        Row::new("4-dislike", "POST /tweet/id/:id/dislike", "200: the tweet")
            .differs("Removes your like.")
            .call_for("http -a chris:password2 POST localhost:5000/tweet/id/{tweet}/dislike", 200, json!({"like_count": 0})),
        Row::new("4-retweet", "POST /tweet/id/:id/retweet", "201: the tweet").call_for(
            "http -a chris:password2 POST localhost:5000/tweet/id/{tweet}/retweet",
            201,
            json!({"retweet_count": 1, "retweets": ["chris"]}),
        ),
        Row::new("4-end-retweet", "DELETE /tweet/id/:id/retweet", "200: the tweet")
            .call_for("http -a chris:password2 DELETE localhost:5000/tweet/id/{tweet}/retweet", 200, json!({"retweet_count": 0})),
    ]
}

fn timeline() -> Vec<Row> {
    vec![
        Row::new("4-home", "GET /timeline/home?start=", "200: `tweets`, ten from `start`").call_for(
            "http -A bearer -a {token} GET localhost:5000/timeline/home?start=0",
            200,
            json!({"tweets": [{"tweet_content": "Rebounds win."}]}),
        ),
        Row::new("4-user-timeline", "GET /timeline/user?username=&start=", "200: `tweets`, ten from `start`")
            .differs("`start` is at most 790. Other routes have cursors, without this limit.")
            .call_for(
                "http GET 'localhost:5000/timeline/user?username=dennis&start=0'",
                200,
                json!({"tweets": [{"user_id": "dennis", "tweet_content": "Rebounds win."}]}),
            )
            .call_to("http GET 'localhost:5000/timeline/user?username=dennis&start=791'", 422),
    ]
}

fn ends() -> Vec<Row> {
    vec![
        Row::new("4-delete-tweet", "DELETE /tweet/id/:id/delete", "204")
            .differs("Only for the author and their delegates.")
            .call_to("http -a chris:password2 DELETE localhost:5000/tweet/id/{tweet}/delete", 403)
            .call_to("http -A bearer -a {token} DELETE localhost:5000/tweet/id/{tweet}/delete", 204),
        Row::new("4-logout", "POST /auth/logout", "204: the token is invalid")
            .call_to("http -A bearer -a {token} POST localhost:5000/auth/logout", 204)
            .call_to("http -A bearer -a {token} GET localhost:5000/timeline/home", 401),
        Row::new("4-delete-user", "DELETE /", "204: the account and all it wrote are deleted")
            .differs("At `/user/`.")
            .call_to("http -a 'dennis:worm of 1991' DELETE localhost:5000/user/", 204)
            .call_to("http GET localhost:5000/user/data/dennis", 404),
    ]
}
