//! Compares the benchmark's own calls of the engine with those of the server.

use std::sync::Arc;
use twclone_schema::{GRAPH, MESSAGES};

use std::time::Duration;

use item_store::Tables;
use item_store::api::{
    Action, Attributes, Change, Condition, Direction, Effect, Item, Query, SortRange, Table, Value as Stored,
};
use serde_json::{Value, json};
use twclone_bench::crowd::{self, Post};
use twclone_bench::load::wire::{self, Caller, Connection};
use twclone_bench::people::{self, Letter};
use twclone_bench::subject::filler::Filler;
use twclone_bench::subject::layout;
use twclone_bench::subject::server::{self, Data, Proof};
use twclone_domain::{Clock, Timestamp};

/// Returns the draft with the id, the time and the parent from the server's response.
fn written(answer: &str, draft: &Letter) -> Letter {
    let answer: Value = serde_json::from_str(answer).unwrap();
    let number = |field: &str| answer[field].as_str().map(|number| number.parse().unwrap());
    let sent = answer["sent-at"].as_str().unwrap().parse::<Timestamp>().unwrap().millis();
    Letter { id: number("id").unwrap(), sent, reply_to: number("reply-to-id"), ..draft.clone() }
}

async fn count(tables: &Tables) -> u64 {
    tables.describe().await.unwrap().iter().find(|table| table.name == "twclone-messages").unwrap().items
}

#[tokio::test]
async fn the_engine_is_asked_for_what_the_server_asks_it_for() {
    let folder = tempfile::tempdir().unwrap();
    let (data, load) = Data::make(folder.path(), 1_000).unwrap();
    assert!(load.disk > 0 && load.memory > 0, "{load:?}");
    let serving = data.serve().unwrap();
    let callers = server::callers(&serving, Proof::Token).unwrap();
    let tables = Tables::embedded(
        &data.items(),
        twclone_schema::layout("twclone-"),
        Clock::system().unix_seconds(),
        Duration::from_secs(30),
    )
    .unwrap();
    let mut connection = Connection::open(serving.port).unwrap();

    let loaded = people::letter(3);
    let draft = people::draft(1);
    let reply = Letter { from: loaded.to, to: loaded.from, reply_to: Some(loaded.id), ..draft.clone() };
    for draft in [draft, reply] {
        let before = count(&tables).await;
        let caller = &callers[usize::try_from(draft.from).unwrap()];
        let answer = connection.ask(&request(&draft, caller)).unwrap();
        let actions = layout::send(&written(&answer, &draft));
        let puts = actions.iter().filter(|action| matches!(action.effect, Effect::Put(_))).count();
        assert_eq!(count(&tables).await - before, puts as u64, "{actions:?}");
        for action in actions {
            agrees(&tables, action).await;
        }
    }

    let reader = people::readers().last().unwrap();
    let caller = &callers[usize::try_from(reader).unwrap()];
    let path = format!("/listmsg/{}", people::name(reader));
    let page: Value = serde_json::from_str(&connection.ask(&wire::get(&path, caller)).unwrap()).unwrap();
    let listed = page["messages"].as_array().unwrap().iter().map(|message| message["id"].as_str().unwrap().to_owned());
    let found = tables.query(layout::list(reader)).await.unwrap().items;
    let found = found.iter().map(|item| i64::from_str_radix(&item.key.sort, 16).unwrap().to_string());
    let (listed, found): (Vec<_>, Vec<_>) = (listed.collect(), found.collect());
    assert_eq!(listed.len(), 20);
    assert_eq!(listed, found);
}

/// Returns the items of a partition, at most 100.
async fn partition(tables: &Tables, table: Table, partition: &str) -> Vec<Arc<Item>> {
    let (range, direction) = (SortRange::All, Direction::Ascending);
    let query = Query { table, partition: partition.into(), range, direction, limit: 100, after: None };
    tables.query(query).await.unwrap().items
}

/// Returns the attributes of a person's profile.
async fn profile(tables: &Tables, person: u64) -> Attributes {
    let Action { table, key, .. } = layout::counts(person, [0; 3], None);
    tables.get(table, key).await.unwrap().unwrap().attributes.clone()
}

#[tokio::test]
async fn timelines_are_filled_as_the_server_fills_them() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::of_people(folder.path(), people::PEOPLE).unwrap();
    let serving = data.serve().unwrap();
    let callers = server::callers(&serving, Proof::Token).unwrap();
    let tables = Tables::embedded(
        &data.items(),
        twclone_schema::layout("twclone-"),
        Clock::system().unix_seconds(),
        Duration::from_secs(30),
    )
    .unwrap();
    let mut connection = Connection::open(serving.port).unwrap();
    let (before, [follower, author]) = ([profile(&tables, 0).await, profile(&tables, 1).await], [0, 1]);

    let follow = json!({ "usernameToFollow": people::name(author) });
    let put = String::from_utf8(wire::post("/follow", &callers[0], &follow)).unwrap().replacen("POST", "PUT", 1);
    connection.ask(put.as_bytes()).unwrap();
    let answer: Value = serde_json::from_str(&connection.ask(&server::post(&callers[1], 1)).unwrap()).unwrap();
    let posted = answer["timestamp"].as_str().unwrap().parse::<Timestamp>().unwrap().millis();
    let post =
        Post { id: answer["id"].as_str().unwrap().parse().unwrap(), author, text: people::draft(1).text, posted };
    let (table, entry) = layout::brought(follower, &post);
    let mut waited = 0;
    while tables.get(table, entry.key.clone()).await.unwrap().is_none() {
        waited += 1;
        assert!(waited < 1_000, "the post is not brought");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    let followed = layout::follow(follower, author, 1);
    let relation = tables.get(GRAPH, followed[0].1.key.clone()).await.unwrap().unwrap();
    let Some(Stored::Number(since)) = relation.attributes.get("follows").cloned() else { panic!("{relation:?}") };
    let written =
        layout::follow(follower, author, since).into_iter().chain(layout::post(&post)).chain([(table, entry)]);
    for (table, item) in written {
        assert_eq!(tables.get(table, item.key.clone()).await.unwrap().as_deref(), Some(&item));
        let beside = partition(&tables, table, &item.key.partition).await;
        assert_eq!(beside.len(), 1, "more is written than {item:?}: {beside:?}");
    }
    let (one, other) = ((follower, [0, 1, 0], None), (author, [1, 0, 1], Some(post.id)));
    for ((person, counted, latest), before) in [one, other].into_iter().zip(before) {
        let mut expected = before;
        let Effect::Update(changes) = layout::counts(person, counted, latest).effect else {
            panic!("counts are changes")
        };
        for change in changes {
            match change {
                Change::Add(name, number) if number != 0 => drop(expected.insert(name.into(), Stored::Number(number))),
                Change::Set(name, value) => drop(expected.insert(name.into(), value)),
                _ => {}
            }
        }
        assert_eq!(profile(&tables, person).await, expected);
    }
}

#[tokio::test]
async fn what_is_filled_in_is_what_readers_get() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::of_people(folder.path(), people::PEOPLE).unwrap();
    let filled = data.clone();
    let fill = move || {
        let mut filler = Filler::open(&filled, Clock::system()).unwrap();
        filler.follow(0, 1).unwrap();
        filler.follow(0, 2).unwrap();
        filler.pull(0, 2).unwrap();
        filler.let_be_pulled(2).unwrap();
        let post = |number, author| Post { author, ..crowd::post(number, 1) };
        filler.post(&post(0, 1), [0]).unwrap();
        filler.post(&post(1, 2), []).unwrap();
        filler.post(&post(2, 3), []).unwrap();
        filler.finish().unwrap();
    };
    tokio::task::spawn_blocking(fill).await.unwrap();
    let serving = data.serve().unwrap();
    let callers = server::callers(&serving, Proof::Token).unwrap();
    let mut connection = Connection::open(serving.port).unwrap();
    let mut authors = |request: &[u8]| {
        let page: Value = serde_json::from_str(&connection.ask(request).unwrap()).unwrap();
        let tweets = page["tweets"].as_array().unwrap().iter();
        tweets.map(|tweet| tweet["username"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(authors(&server::homes(&callers, 0..1)[0]), [people::name(2), people::name(1)]);
    let everybody = [people::name(3), people::name(2), people::name(1)];
    assert_eq!(authors(&wire::get("/publicTimeline", &Caller::Anybody)), everybody);
}

fn request(draft: &Letter, caller: &Caller) -> Vec<u8> {
    let mut body = json!({ "to": people::name(draft.to), "msg": draft.text });
    match draft.reply_to {
        None => wire::post("/sendmsg", caller, &body),
        Some(parent) => {
            body["reply-to-id"] = json!(parent);
            wire::post("/replyto", caller, &body)
        }
    }
}

/// Asserts that the store holds what the action would write or check.
async fn agrees(tables: &Tables, action: Action) {
    let stored = tables.get(MESSAGES, action.key.clone()).await.unwrap();
    let stored = stored.unwrap_or_else(|| panic!("the server writes no {:?}", action.key)).attributes.clone();
    match action.effect {
        Effect::Put(attributes) => assert_eq!(stored, attributes, "{:?}", action.key),
        _ => assert!(
            matches!(&action.conditions[..], [Condition::Equals(name, value)] if stored.get(*name) == Some(value)),
            "{action:?}"
        ),
    }
}
