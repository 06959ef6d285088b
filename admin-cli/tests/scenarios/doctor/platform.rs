//! Expired items that were not swept.

use item_store::api::{Attributes, EXPIRES, Effect, Value};
use twclone_domain::Clock;
use twclone_schema::PLATFORM;
use twclone_testkit::json;

use super::store::{act, apply, contents, key};
use crate::kit::{admin, answer, empty};

#[test]
fn what_expired_long_ago_is_told_without_being_a_fault_and_taken_away_by_a_repair() {
    let world = empty();
    let before = contents(&world, PLATFORM);
    let now = Clock::system().now().seconds();
    let item = |partition: &str, sort: &str, expires: i64| {
        let attributes = Attributes::from_iter([(EXPIRES.into(), Value::Number(expires))]);
        act(PLATFORM, key(partition, sort), Effect::Put(attributes))
    };
    let day = 86_400;
    let kept = item("idempotency#3", "-", now + day);
    apply(
        &world,
        vec![
            item("idempotency#1", "-", now - day - 60),
            item("idempotency#2", "-", now - 9 * day),
            item("workers", "999", now - 2 * day),
            kept.clone(),
        ],
    );
    let told = answer(&world, &["doctor"]);
    assert_eq!(told["healthy"], json!(true));
    // The embedded engine sweeps on its own, a second after it is opened.
    if !world.is_embedded() {
        let lines = ["2 idempotency keys", "1 leases on worker numbers"];
        let expected = lines.map(|line| format!("{line} expired more than a day ago"));
        assert_eq!(told["stores"][1]["notes"], json!(expected));
    }
    let output = admin(&world, &["doctor", "--repair"]);
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_eq!(answer(&world, &["doctor"])["stores"][1]["notes"], json!([]));
    let mut left = contents(&world, PLATFORM);
    assert!(left.remove(&kept.key).is_some(), "{left:?}");
    assert_eq!(left, before);
}
