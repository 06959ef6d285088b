//! The calls that are made of the engine by hand, beside those that the server makes.

use std::time::Duration;

use serde_json::{Value, json};
use twclone_bench::load::wire::{self, Caller, Connection};
use twclone_bench::people::{self, Letter};
use twclone_bench::subject::layout;
use twclone_bench::subject::server::{self, Data, Proof};
use twclone_domain::store::Tables;
use twclone_domain::store::table::{Action, Condition, Effect, Table};
use twclone_domain::{Clock, Timestamp};

/// What the server answered, as the message that was to be written.
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
    let tables = Tables::embedded(&data.items(), "twclone-", Clock::system(), Duration::from_secs(30)).unwrap();
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

/// The store holds what the action would write, and what it would check.
async fn agrees(tables: &Tables, action: Action) {
    let stored = tables.get(Table::Messages, action.key.clone()).await.unwrap();
    let stored = stored.unwrap_or_else(|| panic!("the server writes no {:?}", action.key)).attributes;
    match action.effect {
        Effect::Put(attributes) => assert_eq!(stored, attributes, "{:?}", action.key),
        _ => assert!(
            matches!(&action.conditions[..], [Condition::Equals(name, value)] if stored.get(*name) == Some(value)),
            "{action:?}"
        ),
    }
}
