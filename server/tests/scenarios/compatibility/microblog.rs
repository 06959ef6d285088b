use twclone_testkit::json;

use super::row::{Row, System};

pub(super) fn system() -> System {
    System {
        title: "2. Microblog",
        test: "microblog",
        remarks: &[
            "The typographic quotes of the document are replaced by plain ones.",
            "The two services, on the ports 5000 and 80, are one server.",
            "`twclone-admin init` and `POST /users/new` replace `bin/init.sh` and `bin/post.sh`.",
        ],
        rows: [users(), timelines()].into_iter().flatten().collect(),
    }
}

fn users() -> Vec<Row> {
    vec![
        Row::new("2-users", "users(): all users with username, password, bio, email, id", "200: `users`: public profiles")
            .differs("Never includes passwords. Only the owner sees an e-mail address.")
            .call_for("http GET localhost:5000/users/", 200, json!({"users": [{"id": "*", "username": "*", "bio": "*"}]})),
        Row::new("2-verify", "verifyUser(username, password)", "200, or 401 for a wrong name or password")
            .call_to(r#"http GET localhost:5000/users/verify?username="chris" password="password2""#, 200)
            .call_to(r#"http GET localhost:5000/users/verify?username="chris" password="password3""#, 401)
            .call_to(r#"http GET "localhost:5000/users/verify?username=chris&password=password2""#, 400)
            .differs("A password in the URL is refused, because URLs end up in logs."),
        Row::new("2-create-user", "createUser(username, bio, email, password)", "201: the user").call_for(
            r#"http POST localhost:5000/users/new?username="John" bio="I like pie!" email="John123@gmail.com" password="notpassword4""#,
            201,
            json!({"id": "*", "username": "John", "bio": "I like pie!"}),
        ),
        Row::new("2-add-follower", "addFollower(username, friend_username)", "201; 409 for yourself or a repetition")
            .differs("Requires authentication.")
            .call_for(
                r#"http -a John:notpassword4 POST localhost:5000/followers/new?username="John" friend_username="steve""#,
                201,
                json!({"username": "John", "friend_username": "steve"}),
            )
            .call_to(r#"http POST localhost:5000/followers/new?username="John" friend_username="steve""#, 401)
            .call_to(r#"http -a John:notpassword4 POST localhost:5000/followers/new?username="John" friend_username="steve""#, 409),
        Row::new("2-remove-follower", "removeFollower(username, friend_username)", "200; 404 if the user is not followed")
            .differs("Requires authentication.")
            .call_to(r#"http -a John:notpassword4 DELETE localhost:5000/unfollow?username="John" friend_username="steve""#, 200)
            .call_to(r#"http -a John:notpassword4 DELETE localhost:5000/unfollow?username="John" friend_username="steve""#, 404),
    ]
}

fn timelines() -> Vec<Row> {
    vec![
        Row::new("2-exists", "exists(username, password)", "401 for a wrong name or password, on all routes")
            .call_to(r#"http POST localhost:80/posts/new?message="TestMessage" --auth steve:password3"#, 401),
        Row::new("2-add-post", "addPost(message): username, message, timestamp", "201: the post")
            .call_for(
                r#"http POST localhost:80/posts/new?message="TestMessage" --auth steve:password2"#,
                201,
                json!({"id": "*", "username": "steve", "message": "TestMessage", "timestamp": "*", "repost": ""}),
            )
            .keeps("post", "/id"),
        Row::new(
            "2-repost",
            "rePost(id): username, message, timestamp, url",
            "201: the post, with the URL of the original",
        )
        .differs("Reposting a repost reposts the original.")
        .call_for(
            "http POST localhost:80/repost?id=1 --auth steve:password2",
            201,
            json!({"username": "steve", "message": "*", "timestamp": "*", "repost": "*"}),
        )
        .keeps("repost", "/id"),
        Row::new(
            "2-public-timeline",
            "getPublicTimeline(): username, message, timestamp, repost, id",
            "200: `posts`, newest first",
        )
        .call_for(
            "http GET localhost:80/allposts/",
            200,
            json!({"posts": [{"username": "steve", "repost": "*"}, {"username": "steve", "message": "TestMessage"}]}),
        ),
        Row::new("2-user-timeline", "getUserTimeline(username)", "200: `posts`, newest first").call_for(
            "http GET localhost:80/users/steve",
            200,
            json!({"posts": [{"username": "steve", "timestamp": "*"}, {"message": "TestMessage"}]}),
        ),
        Row::new("2-home-timeline", "getHomeTimeline(): posts of followed users", "200: `posts`, newest first")
            .differs("Includes the user's own posts, as on Mastodon and Twitter.")
            .call_for(
                "http GET localhost:80/posts/home --auth steve:password2",
                200,
                json!({"posts": [{"username": "steve"}]}),
            )
            .call_to("http GET localhost:80/posts/home", 401),
    ]
}
