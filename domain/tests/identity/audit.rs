use rusqlite::Connection;
use twclone_domain::{AccountReference, Clock, PageRequest};

use super::{account, name, nowhere, opened, password};

/// Adds an event of a kind for each of these minutes, counted from 100 days ago.
fn add_events(database: &Connection, id: i64, kind: &str, minutes: std::ops::Range<i64>) {
    let insert = "INSERT INTO events (id, account_id, kind, actor, request_id) VALUES (?1, ?2, ?3, 'somebody', '')";
    let long_ago = Clock::system().now().millis() - 100 * 24 * 3_600_000;
    for minute in minutes {
        database.execute(insert, ((long_ago + minute * 60_000) << 16, id, kind)).unwrap();
    }
}

fn count(database: &Connection, id: i64, kind: &str) -> i64 {
    let count = "SELECT count(*) FROM events WHERE account_id = ?1 AND kind = ?2";
    database.query_row(count, (id, kind), |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn events_of_an_account_are_bounded_and_logins_push_out_logins_alone() {
    let folder = tempfile::tempdir().unwrap();
    let installation = opened(folder.path()).await.unwrap();
    let (accounts, administrator) = (&installation.accounts, installation.administrator());
    accounts.add(&administrator, (0..2).map(account).collect()).await.unwrap();
    let database = Connection::open(folder.path().join("identity.db")).unwrap();
    let [flooded, other] = [0, 1].map(|place| account(place).id.unwrap().number());
    database.execute_batch("BEGIN").unwrap();
    add_events(&database, flooded, "password-changed", 0..3);
    add_events(&database, flooded, "profile-changed", 3..203);
    add_events(&database, flooded, "logged-in", 203..1999);
    add_events(&database, other, "logged-in", 2000..3000);
    database.execute_batch("COMMIT").unwrap();
    let caller = accounts.authenticate(name(0).as_str(), password(0), &nowhere()).await.unwrap();
    // Reaches the maximum of 2,000 events.
    accounts.log_in(&caller).await.unwrap();
    let of = |kind| count(&database, flooded, kind);
    assert_eq!((of("password-changed"), of("profile-changed"), of("logged-in")), (3, 200, 1797));
    // Exceeds it by one.
    accounts.log_in(&caller).await.unwrap();
    assert_eq!((of("password-changed"), of("profile-changed"), of("logged-in")), (3, 100, 500));
    assert_eq!(count(&database, other, "logged-in"), 1000);
    // The latest event is still there.
    let request = PageRequest { limit: "1".parse().unwrap(), cursor: None };
    let owner = AccountReference::Name(name(0));
    let page = accounts.audit_of(&administrator, &owner, &request).await;
    let kinds: Vec<_> = page.unwrap().items.into_iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["logged-in"]);
}
