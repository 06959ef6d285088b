//! Errors of the DynamoDB engine that an operator has to fix: one line that says what to do.

use item_store::api::StoreError;
use item_store::{DynamoDbTarget, Tables};
use twclone_domain::Randomness;
use twclone_testkit::{Proxy, Trouble};

use super::{DEADLINE, key};

/// Returns the error text of a call if the server responds with this status and code.
async fn told(status: u16, code: &'static str) -> String {
    // The proxy forwards nothing, so it needs no server behind it.
    let proxy = Proxy::before("http://127.0.0.1:1");
    proxy.order(1..usize::MAX, Trouble::Refuse(status, code));
    let target = DynamoDbTarget::Endpoint(proxy.address().to_owned());
    let tables =
        Tables::dynamodb(target, twclone_schema::layout("operators-"), Randomness::system().numbers(), DEADLINE)
            .await
            .unwrap();
    match tables.transact(super::network::count(&key("p", "s"))).await {
        Err(StoreError::Unavailable(text)) => text,
        other => panic!("{code}: {other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_is_one_line_that_says_what_to_do() {
    for (status, code, parts) in [
        (400, "ExpiredTokenException", ["credentials have expired; renew them", "AWS_SESSION_TOKEN"]),
        (400, "UnrecognizedClientException", ["does not accept the AWS credentials", "check AWS_ACCESS_KEY_ID"]),
        (400, "InvalidSignatureException", ["does not accept the AWS credentials", "clock"]),
        (400, "AccessDeniedException", ["do not permit TransactWriteItems on operators-", "allow dynamodb:Transact"]),
        (400, "UnknownOperationException", ["does not support TransactWriteItems", "use Amazon DynamoDB"]),
        (501, "NotImplemented", ["does not support TransactWriteItems", "use Amazon DynamoDB"]),
        (400, "SomethingElse", ["returned SomethingElse for TransactWriteItems", ""]),
        (404, "", ["the response to TransactWriteItems is not from DynamoDB", "HTTP status 404"]),
    ] {
        let text = told(status, code).await;
        for part in parts {
            assert!(text.contains(part), "{code}: {text}");
        }
        for word in ["{", "\n", "Error", "Metadata", "unhandled"] {
            assert!(!text.contains(word), "{code}: {text}");
        }
        assert!(text.chars().count() < 400, "{code}: {text}");
    }
}
