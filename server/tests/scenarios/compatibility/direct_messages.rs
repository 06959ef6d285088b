use twclone_testkit::json;

use super::row::{Row, System};

const AUTHENTICATION: &str =
    "`http -a USERNAME:PASSWORD POST localhost:5000/login username=USERNAME password=PASSWORD`";

pub(super) fn system() -> System {
    System {
        title: "1. Direct messages",
        test: "direct_messages",
        remarks: &[
            "Instead of `flask init`, which creates the table and loads `test-load.json`, use `twclone-admin init`, or \
             start the server with `--seed test-load.json`.",
            "DynamoDB Local is not needed, because the engine is embedded. To use it, set \
             `DYNAMODB_ENDPOINT=http://localhost:8000`.",
            "`foreman start -m gateway=1,auth=1,api_users=3,api_timeline=3,app=1` starts the same processes, \
             after `cargo build --release --workspace` (`server/tests/scenarios/split/procfile.rs`). Alternatively, \
             one process runs everything.",
            "`boto3`, `flask` and SQLite need no installation.",
        ],
        rows: vec![
            Row::new("1-login", AUTHENTICATION, "200: `username`, `access_token`, `token_type`, `expires_in`, `refresh_token`")
                .call_for(
                    "http -a mj:bulls POST localhost:5000/login username=mj password=bulls",
                    200,
                    json!({"username": "mj", "access_token": "*", "token_type": "Bearer", "expires_in": 600, "refresh_token": "*"}),
                )
                .call_to("http -a mj:bears POST localhost:5000/login username=mj password=bears", 401),
            Row::new("1-sendmsg", "send a message", "201: the message and its sender")
                .differs("Only a delegate can send from another account. mj is a delegate of jordan.")
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
            Row::new("1-quick-reply", "quick replies by providing index", "201: the reply, with the text of the option")
                .differs("Each message with quick replies can be answered once.")
                .call_for(
                    "http -a mj:bulls POST localhost:5000/replyto to=kobebryant from=mj quick-reply=2",
                    201,
                    json!({"from": "mj", "to": "kobebryant", "msg": "On the court", "quick-reply": {"index": 2, "text": "On the court"}}),
                )
                .call_to("http -a mj:bulls POST localhost:5000/replyto to=kobebryant from=mj quick-reply=2", 404),
            Row::new("1-listreplies", "the replies to a message", "200: `message` and its `replies`, oldest first")
                .differs("Only for the two parties and their delegates.")
                .call_for(
                    "http -a mj:bulls GET localhost:5000/listreplies/24",
                    200,
                    json!({"message": {"id": "24", "from": "jordan", "to": "kobe"}, "replies": [{"from": "kobe"}, {"msg": "hello"}]}),
                )
                .call_to("http -a chris:password2 GET localhost:5000/listreplies/24", 404),
            Row::new("1-listmsg", "the messages of a user", "200: `messages`, newest first")
                .differs("Received messages, unless `box` says otherwise. Only for the user and their delegates.")
                .call_for(
                    "http -a mj:bulls GET localhost:5000/listmsg/kobebryant",
                    200,
                    json!({"messages": [{"from": "mj", "to": "kobebryant", "msg": "On the court"}]}),
                )
                .call_to("http -a chris:password2 GET localhost:5000/listmsg/kobebryant", 403),
        ],
    }
}
