//! Permissions for tweets, follows, timelines, blocks and mutes.

use twclone_testkit::json;

use super::expectations::{EVERYBODY, EVERYBODY_WITH_A_PASSWORD, Row, Statuses};

/// Callers that may post, like and follow for the account.
const WRITERS_OF_POSTS: Statuses = [200, 200, 403, 200, 403, 200, 403, 200, 403, 403, 403, 401];
/// The same for everyone in their own name, with a credential of sufficient scope.
const EACH_WRITES_FOR_HIMSELF: Statuses = [200, 200, 403, 200, 403, 200, 200, 200, 200, 200, 200, 401];
/// Callers that may see what only the account sees of itself.
const READERS: Statuses = [200, 200, 200, 200, 403, 200, 200, 200, 403, 403, 403, 401];
/// The same for everyone's own account, with a credential of sufficient scope.
const EACH_READS_FOR_HIMSELF: Statuses = [200, 200, 200, 200, 403, 200, 200, 200, 200, 200, 200, 401];

/// Returns the rows.
pub(super) fn all() -> Vec<Row> {
    [tweets(), reactions(), follows(), numbered_tweets(), followers(), blocks_and_mutes()]
        .into_iter()
        .flatten()
        .collect()
}

fn tweets() -> Vec<Row> {
    let create = |statuses| Row::new("POST /tweet/create", "/tweet/create", statuses).answers(201);
    vec![
        create(WRITERS_OF_POSTS).with(json!({"tweet_content": "hello", "user_id": "{owner}"})),
        create(EACH_WRITES_FOR_HIMSELF).with(json!({"tweet_content": "hello"})),
        Row::new("GET /tweet/id/<id>", "/tweet/id/{post}", EVERYBODY),
        Row::new("DELETE /tweet/id/<id>/delete", "/tweet/id/{post}/delete", WRITERS_OF_POSTS).answers(204),
        Row::new("GET /timeline/home", "/timeline/home?start=0", EACH_READS_FOR_HIMSELF),
        Row::new("GET /timeline/user", "/timeline/user?username={owner}&start=0", EVERYBODY),
        Row::new("GET /timeline/user", "/timeline/user", EVERYBODY_WITH_A_PASSWORD),
    ]
}

fn reactions() -> Vec<Row> {
    let routes = [
        ("POST /tweet/id/<id>/like", "/tweet/id/{friend_post}/like", 200),
        ("POST /tweet/id/<id>/dislike", "/tweet/id/{friend_post}/dislike", 200),
        ("POST /tweet/id/<id>/retweet", "/tweet/id/{friend_post}/retweet", 201),
        ("DELETE /tweet/id/<id>/retweet", "/tweet/id/{friend_post}/retweet", 200),
    ];
    let rows = |(route, path, success)| {
        [
            Row::new(route, path, WRITERS_OF_POSTS).with(json!({"user_id": "{owner}"})).answers(success),
            Row::new(route, path, EACH_WRITES_FOR_HIMSELF).answers(success),
        ]
    };
    routes.into_iter().flat_map(rows).collect()
}

fn follows() -> Vec<Row> {
    let routes = ["POST /user/follow", "POST /user/unfollow"];
    let in_his_name = ["/user/follow?username={friend}&user_id={owner}", "/user/unfollow?username={followed}"];
    let own = ["/user/follow?username={newcomer}", "/user/unfollow?username={newcomer}"];
    vec![
        Row::new(routes[0], in_his_name[0], WRITERS_OF_POSTS),
        Row::new(routes[1], in_his_name[1], WRITERS_OF_POSTS).with(json!({"user_id": "{owner}"})),
        Row::new(routes[0], own[0], EACH_WRITES_FOR_HIMSELF),
        Row::new(routes[1], own[1], EACH_WRITES_FOR_HIMSELF),
    ]
}

fn numbered_tweets() -> Vec<Row> {
    vec![
        Row::new("GET /tweets", "/tweets?limit=2", EVERYBODY),
        Row::new("GET /tweets", "/tweets?limit=2&page=2", EVERYBODY),
        Row::new("GET /tweets/<user>", "/tweets/{owner}?limit=10", EVERYBODY),
        Row::new("GET /tweets/<user>", "/tweets/{owner}?limit=10&page=4", EVERYBODY),
        Row::new("POST /tweets/<user>", "/tweets/{owner}", WRITERS_OF_POSTS)
            .with(json!({"content": "hello"}))
            .answers(201),
        Row::new("GET /tweet/<id>", "/tweet/{post}", EVERYBODY),
        Row::new("PUT /tweet/<id>", "/tweet/{post}", WRITERS_OF_POSTS).with(json!({"content": "hello again"})),
    ]
}

fn followers() -> Vec<Row> {
    let add = |statuses| Row::new("POST /followers/<user>", "/followers/{newcomer}", statuses).answers(201);
    vec![
        Row::new("GET /followers/<user>", "/followers/{owner}", EVERYBODY),
        add(WRITERS_OF_POSTS).with(json!({"follower": "{owner}"})),
        add(EACH_WRITES_FOR_HIMSELF),
        Row::new("DELETE /followers/<user>", "/followers/{followed}?follower={owner}", WRITERS_OF_POSTS),
    ]
}

fn blocks_and_mutes() -> Vec<Row> {
    let rows = [
        ("PUT /users/<user>/blocks/<other>", "/users/{owner}/blocks/{friend}", WRITERS_OF_POSTS, 204),
        ("DELETE /users/<user>/blocks/<other>", "/users/{owner}/blocks/{friend}", WRITERS_OF_POSTS, 204),
        ("GET /users/<user>/blocks", "/users/{owner}/blocks", READERS, 200),
        ("PUT /users/<user>/mutes/<other>", "/users/{owner}/mutes/{friend}", WRITERS_OF_POSTS, 204),
        ("DELETE /users/<user>/mutes/<other>", "/users/{owner}/mutes/{friend}", WRITERS_OF_POSTS, 204),
        ("GET /users/<user>/mutes", "/users/{owner}/mutes", READERS, 200),
    ];
    let row = |(route, path, statuses, success)| Row::new(route, path, statuses).answers(success);
    rows.into_iter().map(row).collect()
}
