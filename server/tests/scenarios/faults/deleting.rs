use std::fmt::Write as _;
use std::time::Duration;

use item_store::api::StoreError;
use twclone_domain::accounts::Administrator;
use twclone_domain::deletion::Deletion;
use twclone_domain::{AccountReference, Clock, Error, Id, Installation, seed};
use twclone_testkit::{DeletionFixture, Fault, Faults, Operation, Value, World, json};

use super::kit::{Faulty, PATIENT, at_every_call, faults, is_clear, open, runtime};

/// More than the number of cases below.
const ACCOUNTS: u64 = 480;

/// Returns accounts that each asked kobe, were asked by kobe, replied, and wrote to themselves.
fn accounts() -> String {
    let mut text = String::new();
    let mut add = |record: Value| writeln!(text, "{record}").unwrap();
    for name in (0..ACCOUNTS).map(name).chain(["kobe".to_owned()]) {
        add(json!({"account": {"username": name, "email": "somebody@example.com"}}));
    }
    for account in 0..ACCOUNTS {
        let (own, id) = (name(account), first(account));
        let record = |id: u64, from: &str, to: &str, text: &str| json!({"id": id, "from": from, "to": to, "sent-at": "2026-03-01T00:00:00Z", "msg": text});
        let mut asked = record(id, &own, "kobe", "Well?");
        asked["quick-replies"] = json!(["Yes", "No"]);
        let mut asking = record(id + 1, "kobe", &own, "And you?");
        asking["quick-replies"] = json!(["Yes", "No"]);
        asking["reply-to-id"] = json!(id);
        let mut reply = record(id + 2, &own, "kobe", "Well.");
        reply["reply-to-id"] = json!(id + 1);
        reply["read-at"] = json!("2026-03-02T00:00:00Z");
        for message in [asked, asking, reply, record(id + 3, &own, &own, "A note.")] {
            add(json!({ "message": message }));
        }
    }
    text
}

fn name(account: u64) -> String {
    format!("account{account}")
}

fn first(account: u64) -> u64 {
    100_000 + 10 * account
}

async fn delete(installation: &Installation, administrator: &Administrator, account: u64) -> Id {
    let reference: AccountReference = name(account).parse().unwrap();
    assert!(installation.accounts.delete_account(administrator, &reference).await.unwrap());
    installation.accounts.show(administrator, &reference).await.unwrap().0.id
}

async fn finish(installation: &Installation, account: Id) -> Result<Deletion, Error> {
    installation.deletions.finish(&installation.administrator(), account, &|_| {}).await
}

#[test]
fn a_deletion_is_gone_on_with_whatever_went_wrong() {
    let world = World::new();
    let runtime = runtime();
    let file = world.file("accounts.jsonl", &accounts());
    let (faulty, installation, deleted) = runtime.block_on(async {
        let faulty = Faults::around(world.tables(PATIENT).await.engine());
        let opening = open(world.configuration(), faulty.clone(), PATIENT, Clock::system());
        let installation = opening.await.unwrap();
        let administrator = installation.administrator();
        seed::load(&installation, &administrator, &file, &|_| {}).await.unwrap();
        let mut deleted = Vec::new();
        for account in 0..ACCOUNTS {
            deleted.push(delete(&installation, &administrator, account).await);
        }
        // No write that began before can arrive any more, so each deletion below finishes at once.
        tokio::time::sleep(Duration::from_secs(6)).await;
        (faulty, installation, deleted)
    });
    let mut accounts = (0..ACCOUNTS).zip(deleted);
    let mut failed = 0;
    at_every_call(faults(), |nth, fault, _| {
        let (account, id) = accounts.next().expect("more stories than accounts");
        let story = format!("{fault:?} at call {nth}");
        faulty.at(nth, fault.clone());
        let first_try = runtime.block_on(finish(&installation, id));
        let met = faulty.end() > 0;
        if let Err(error) = &first_try {
            assert!(is_clear(error), "{story}: {error:?}");
            failed += 1;
        }
        let deletion = runtime.block_on(finish(&installation, id)).unwrap();
        faulty.release();
        assert!(deletion.finished_at.is_some() && deletion.removed <= 4, "{story}: {deletion:?}");
        assert_eq!(world.left_of(&name(account), &["kobe"]), 0, "{story}");
        assert_eq!(world.messages(first(account)..first(account) + 10), 3, "{story}");
        met
    });
    assert!(failed > 5, "only {failed} first tries failed");
}

#[test]
fn the_server_goes_on_until_all_is_removed() {
    let world = World::new();
    let server = Faulty::start(&world, PATIENT);
    let file = world.file("doomed.jsonl", &DeletionFixture::new(40).seed());
    assert_eq!(world.admin(&["seed", file.to_str().unwrap()]).code, Some(4), "mj is another one here");
    server.faults.sometimes(1, 4, Fault::Refuse(StoreError::Unavailable("the cable was pulled".to_owned())));
    DeletionFixture::delete(&server);
    std::thread::sleep(Duration::from_secs(4));
    assert!(server.faults.end() > 0, "no fault was met");
    DeletionFixture::finished(&world);
    DeletionFixture::new(40).assert_gone(&world, &server);
}

#[test]
fn a_mark_that_arrives_behind_a_deletion_makes_nothing_anew() {
    let world = World::new();
    let fixture = DeletionFixture::new(8);
    let server = Faulty::start(&world, PATIENT);
    let file = world.file("doomed.jsonl", &fixture.seed());
    assert_eq!(world.admin(&["seed", file.to_str().unwrap()]).code, Some(4), "mj is another one here");
    // The mark is in flight while the sender's list is removed. The first transaction writes the audit of the
    // delegate's act.
    server.faults.at_the(2, Operation::Transact, Fault::Delay);
    server.post("/listmsg/person0/read", &json!({"up-to": 1_000})).mj().send().problem(503);
    assert_eq!(server.faults.end(), 1);
    DeletionFixture::delete(&server);
    DeletionFixture::finished(&world);
    server.faults.release();
    fixture.assert_gone(&world, &server);
}
