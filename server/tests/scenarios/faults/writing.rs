use std::sync::atomic::{AtomicU32, Ordering};

use item_store::api::StoreError;
use twclone_testkit::{Answer, Client, Fault, Faults, Value, World, json};

use super::agreement::{agreed, with_text};
use super::kit::{Faulty, PATIENT, at_every_call, faults, is_done, now};

/// A request that writes one message between kobe and jordan.
struct Request {
    path: &'static str,
    /// Returns the body for a unique text, after creating what the request needs.
    body: fn(&Client, &str) -> Value,
}

const SEND: Request =
    Request { path: "/sendmsg", body: |_, text| json!({"to": "kobe", "from": "jordan", "msg": text}) };

const ASK: Request = Request {
    path: "/sendmsg",
    body: |_, text| json!({"to": "kobe", "from": "jordan", "msg": text, "quick-replies": ["Yes", "No"]}),
};

const REPLY: Request = Request {
    path: "/replyto",
    body: |_, text| json!({"to": "jordan", "from": "kobe", "msg": text, "reply-to-id": 24}),
};

const ANSWER: Request = Request {
    path: "/replyto",
    body: |client, text| {
        let question = question(client, text);
        json!({"to": "jordan", "from": "kobe", "quick-reply": 0, "reply-to-id": question["id"]})
    },
};

const ANSWER_THE_NEWEST: Request = Request {
    path: "/replyto",
    body: |client, text| {
        // Asks a new question, because an answered one cannot be answered again.
        question(client, text);
        json!({"to": "jordan", "from": "kobe", "quick-reply": 0})
    },
};

/// Sends a question whose first option is a unique text.
fn question(client: &Client, text: &str) -> Value {
    let body = json!({"to": "kobe", "from": "jordan", "msg": "Well?", "quick-replies": [text, "No"]});
    client.post("/sendmsg", &body).mj().send().expect(201)
}

fn post(client: &Client, request: &Request, body: &Value, key: Option<&str>) -> Answer {
    let call = client.post(request.path, body).mj();
    key.into_iter().fold(call, |call, key| call.header("Idempotency-Key", key)).send()
}

/// A request and the context of its case.
struct Attempt {
    first: i64,
    text: String,
    story: String,
    body: Value,
}

impl Attempt {
    fn new(server: &Faulty, request: &Request, nth: u64, fault: &Fault) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (first, text) = (now(), format!("text-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
        let body = (request.body)(server, &text);
        Self { first, text, story: format!("{fault:?} at call {nth}"), body }
    }

    /// Returns the request's message, if there is one, after checking that all copies are equal.
    fn written(&self, client: &Client) -> Option<Value> {
        let found = with_text(&agreed(client, self.first, &self.story), &self.text);
        assert!(found.len() <= 1, "{}: {} messages: {found:?}", self.story, found.len());
        found.into_values().next()
    }
}

/// How a fault is injected: into one call, or from one call on.
type Order = fn(&Faults, u64, Fault);

/// Sends a request without a key, with a fault at every call in turn, and checks the outcome.
fn once(request: &Request, order: Order) {
    let world = World::new();
    let server = Faulty::start(&world, PATIENT);
    let mut failed = 0;
    at_every_call(faults(), |nth, fault, statuses| {
        let attempt = Attempt::new(&server, request, nth, fault);
        let story = &attempt.story;
        order(&server.faults, nth, fault.clone());
        let answer = post(&server, request, &attempt.body, None);
        let met = server.faults.end() > 0;
        server.faults.release();
        let done = is_done(&answer, statuses, story);
        if !met {
            assert!(done, "{story}: {answer:?}");
            return false;
        }
        let found = attempt.written(&server);
        if done {
            assert_eq!(found, Some(answer.json()), "{story}");
        } else if matches!(fault, Fault::Refuse(_) | Fault::Panic) {
            assert_eq!(found, None, "{story}: {answer:?}");
        } else {
            // The request may have been executed, so the client is told how to retry safely.
            assert!(answer.text.contains("same Idempotency-Key"), "{story}: {answer:?}");
        }
        failed += u32::from(!done);
        true
    });
    assert!(failed > 5, "only {failed} requests failed");
}

/// Sends a request with a key, with a fault at every call in turn, and retries it.
fn until_done(request: &Request, order: Order) {
    let world = World::new();
    let server = Faulty::start(&world, PATIENT);
    // Faults after which nothing can have been executed are left out: a key makes no difference, and the tests above
    // cover them.
    let unclear = faults()
        .into_iter()
        .filter(|(fault, _)| !matches!(fault, Fault::Refuse(error) if *error != StoreError::Timeout));
    at_every_call(unclear.collect(), |nth, fault, statuses| {
        // A delayed call arrives before the retry, or after it.
        let delayed = *fault == Fault::Delay;
        [false, true].into_iter().filter(|late| delayed || !late).all(|late| {
            let attempt = Attempt::new(&server, request, nth, fault);
            order(&server.faults, nth, fault.clone());
            again(&server, request, &attempt, statuses, late)
        })
    });
}

/// Returns whether the injected fault was met.
fn again(server: &Faulty, request: &Request, attempt: &Attempt, statuses: &[u16], late: bool) -> bool {
    let (story, key) = (&attempt.story, Some(attempt.text.as_str()));
    let first = post(server, request, &attempt.body, key);
    let met = server.faults.end() > 0;
    let done = is_done(&first, statuses, story);
    if !met {
        assert!(done, "{story}: {first:?}");
        return false;
    }
    if !late {
        server.faults.release();
    }
    let second = post(server, request, &attempt.body, key);
    let message = second.expect(201);
    server.faults.release();
    assert_eq!(attempt.written(server), Some(message.clone()), "{story}");
    let replayed = second.header("idempotency-replayed").is_some();
    assert!(!done || (replayed && first.json() == message), "{story}: {first:?}, then {second:?}");
    true
}

/// Each kind of request has its own tests, so that they run in parallel.
macro_rules! stories {
    ($($name:ident: $request:expr;)*) => {$(
        mod $name {
            use super::{Faults, once, until_done};

            #[test]
            fn is_done_or_not_done() {
                once(&$request, Faults::at);
            }

            #[test]
            fn is_done_once_with_a_key() {
                until_done(&$request, Faults::at);
            }
        }
    )*};
}

stories! {
    sending: super::SEND;
    asking: super::ASK;
    replying: super::REPLY;
    answering: super::ANSWER;
    answering_the_newest: super::ANSWER_THE_NEWEST;
}

#[test]
fn a_request_is_done_once_with_a_key_when_the_store_was_away() {
    until_done(&SEND, Faults::from);
    until_done(&ANSWER_THE_NEWEST, Faults::from);
}
