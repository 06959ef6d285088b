use twclone_testkit::json;

use super::row::{Row, System};

const AUTHENTICATION: &str =
    "`http -a USERNAME:PASSWORD POST localhost:5000/login username=USERNAME password=PASSWORD`";

pub(super) fn system() -> System {
    System {
        title: "1. Direct messages",
        test: "direct_messages",
        remarks: &[
            "`flask init`, which makes the table and loads `test-load.json`, is `twclone-admin init`, or happens by itself: \
             the server takes `--seed test-load.json`.",
            "DynamoDB Local needs not run: the engine is embedded. `DYNAMODB_ENDPOINT=http://localhost:8000` takes it.",
            "`foreman start -m gateway=1,auth=1,api_users=3,api_timeline=3,app=1` starts the same parts, after \
             `cargo build --release --workspace` (`server/tests/scenarios/split/procfile.rs`); or one program is all of them.",
            "`boto3`, `flask` and SQLite are inside: there is one program to start.",
        ],
        rows: vec![
            Row::new("1-login", AUTHENTICATION, "200: `username`, `access_token`, `token_type`, `expires_in`, `refresh_token`")
                .call_for(
                    "http -a mj:bulls POST localhost:5000/login username=mj password=bulls",
                    200,
                    json!({"username": "mj", "access_token": "*", "token_type": "Bearer", "expires_in": 600, "refresh_token": "*"}),
                )
                .call_to("http -a mj:bears POST localhost:5000/login username=mj password=bears", 401),
            Row::new("1-sendmsg", "send a message", "201: the message, and who sent it")
                .differs("`from` is somebody else than who logs in: only his delegate may be. mj is jordan's.")
                .call_for(
                    "http -a mj:bulls POST localhost:5000/sendmsg to=kobe from=jordan msg=testing",
                    201,
                    json!({"id": "*", "to": "kobe", "from": "jordan", "msg": "testing", "sent-at": "*", "sent-by": "mj"}),
                )
                .call_to("http -a mj:bulls POST localhost:5000/sendmsg to=kobe from=chris msg=testing", 403),
            Row::new("1-replyto", "reply to a message", "201: the reply")
                .call_for(
                    "http -a mj:bulls POST localhost:5000/replyto to=jordan from=kobe msg=hello reply-to-id=24",
                    201,
                    json!({"from": "kobe", "to": "jordan", "msg": "hello", "reply-to-id": "24"}),
                ),
            Row::new("1-quick-reply", "quick replies by providing index", "201: the reply, whose text is that of the option")
                .differs("A question takes one answer: a second one finds none that waits.")
                .call_for(
                    "http -a mj:bulls POST localhost:5000/replyto to=kobebryant from=mj quick-reply=2",
                    201,
                    json!({"from": "mj", "to": "kobebryant", "msg": "On the court", "quick-reply": {"index": 2, "text": "On the court"}}),
                )
                .call_to("http -a mj:bulls POST localhost:5000/replyto to=kobebryant from=mj quick-reply=2", 404),
            Row::new("1-listreplies", "the replies to a message", "200: `message`, and its `replies`, oldest first")
                .differs("For its two parties and their delegates alone.")
                .call_for(
                    "http -a mj:bulls GET localhost:5000/listreplies/24",
                    200,
                    json!({"message": {"id": "24", "from": "jordan", "to": "kobe"}, "replies": [{"from": "kobe"}, {"msg": "hello"}]}),
                )
                .call_to("http -a chris:password2 GET localhost:5000/listreplies/24", 404),
            Row::new("1-listmsg", "the messages of a user", "200: `messages`, newest first")
                .differs("What he received, as long as `box` says nothing else; for him and his delegates alone.")
                .call_for(
                    "http -a mj:bulls GET localhost:5000/listmsg/kobebryant",
                    200,
                    json!({"messages": [{"from": "mj", "to": "kobebryant", "msg": "On the court"}]}),
                )
                .call_to("http -a chris:password2 GET localhost:5000/listmsg/kobebryant", 403),
        ],
    }
}
