//! Helpers for the scenarios.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use twclone_testkit::{Output, Server, Value, World, json, repository};

/// Runs the command to its end. Asserts that its output contains no password hash.
pub(crate) fn admin(world: &World, arguments: &[&str]) -> Output {
    admin_with_input(world, arguments, "")
}

/// Like [`admin`], with this standard input.
pub(crate) fn admin_with_input(world: &World, arguments: &[&str], input: &str) -> Output {
    let output = world.admin_with_input(arguments, input);
    assert!(!output.stdout.contains("$2") && !output.stderr.contains("$2"), "a hash is told: {output:?}");
    output
}

/// Runs a command that must succeed, and returns its JSON output.
pub(crate) fn answer(world: &World, arguments: &[&str]) -> Value {
    answer_with_input(world, arguments, "")
}

/// Like [`answer`], with this standard input.
pub(crate) fn answer_with_input(world: &World, arguments: &[&str], input: &str) -> Value {
    let output = admin_with_input(world, &[&["--json"], arguments].concat(), input);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{output:?}");
    output.json()
}

/// Runs a command that must fail with this exit code, and returns its JSON error.
pub(crate) fn failure(world: &World, arguments: &[&str], code: i32) -> Value {
    failure_with_input(world, arguments, "", code)
}

/// Like [`failure`], with this standard input.
pub(crate) fn failure_with_input(world: &World, arguments: &[&str], input: &str, code: i32) -> Value {
    let output = admin_with_input(world, &[&["--json"], arguments].concat(), input);
    assert_eq!(output.code, Some(code), "{arguments:?}: {output:?}");
    let failure: Value = serde_json::from_str(&output.stderr).unwrap_or_else(|error| panic!("{error} in {output:?}"));
    assert!(failure["error"].as_str().is_some_and(|text| !text.is_empty()), "{failure}");
    let faults = failure["faults"].as_array().unwrap();
    assert!(faults.iter().all(|fault| fault["field"].is_string() && fault["message"].is_string()), "{failure}");
    failure
}

/// Returns the fields or places that a failure reports, in its order.
pub(crate) fn blamed(failure: &Value) -> Vec<&str> {
    failure["faults"].as_array().unwrap().iter().map(|fault| fault["field"].as_str().unwrap()).collect()
}

/// Returns new, empty stores.
pub(crate) fn empty() -> World {
    made_empty(World::new())
}

/// Initializes the stores without seed data.
pub(crate) fn made_empty(world: World) -> World {
    assert_eq!(admin(&world, &["init", "--no-seed"]).code, Some(0));
    world
}

/// Returns new stores with the project's seed data.
pub(crate) fn seeded() -> World {
    let world = World::new();
    let file = repository().join("test-load.json");
    assert_eq!(admin(&world, &["init", "--seed", file.to_str().unwrap()]).code, Some(0));
    world
}

/// Returns new stores with only the accounts of the seed data.
pub(crate) fn people() -> World {
    let world = empty();
    load(&world, "people.json", &json!({"accounts": project_seed()["accounts"]}).to_string());
    world
}

/// Returns the project's seed data.
pub(crate) fn project_seed() -> Value {
    serde_json::from_str(&std::fs::read_to_string(repository().join("test-load.json")).unwrap()).unwrap()
}

/// Loads these records from a file with this name, and returns the result for each kind.
pub(crate) fn load(world: &World, name: &str, text: &str) -> Value {
    let file = world.file(name, text);
    answer(world, &["seed", file.to_str().unwrap()])["files"][0].take()
}

/// Returns the number of accounts, and the number of items in the table of messages.
pub(crate) fn counts(world: &World) -> (u64, u64) {
    let status = answer(world, &["status"]);
    let accounts = status["accounts"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    let tables = status["tables"].as_array().unwrap();
    let messages = tables.iter().find(|table| table["name"].as_str().unwrap().ends_with("messages")).unwrap();
    (accounts, messages["items"].as_u64().unwrap())
}

/// Returns the number of items in a table.
pub(crate) fn items(world: &World, table: &str) -> u64 {
    let status = answer(world, &["status"]);
    let tables = status["tables"].as_array().unwrap();
    tables.iter().find(|found| found["name"].as_str().unwrap().ends_with(table)).unwrap()["items"].as_u64().unwrap()
}

/// Number of people who write in the generated conversations.
pub(crate) const PEOPLE: u64 = 6;

/// Returns a JSON Lines file with this many messages: in turn a question, its answer, a reply and a plain message.
/// `mj` is a delegate of all the people.
pub(crate) fn conversations(messages: u64) -> String {
    let mut text = String::new();
    let mut add = |record: Value| writeln!(text, "{record}").unwrap();
    add(json!({"account": {"username": "mj", "email": "mj@example.com", "password": "bulls"}}));
    for person in 0..PEOPLE {
        let name = format!("person{person}");
        let email = format!("{name}@example.com");
        add(json!({"account": {"username": name, "email": email, "delegates": ["mj"]}}));
    }
    for number in 0..messages {
        let (talk, turn, id) = (number / 4, number % 4, 1_000 + number);
        let (asking, asked) = (format!("person{}", talk % PEOPLE), format!("person{}", (talk + 1) % PEOPLE));
        let (from, to) = if turn % 2 == 0 { (asking, asked) } else { (asked, asking) };
        let sent_at = format!("2026-03-01T{:02}:{:02}:{:02}Z", number / 3_600 % 24, number / 60 % 60, number % 60);
        let mut message = json!({"id": id, "from": from, "to": to, "sent-at": sent_at});
        match turn {
            0 => message["quick-replies"] = json!(["Yes", "No"]),
            1 => message["quick-reply"] = json!(talk % 2),
            2 => message["reply-to-id"] = json!(id - 1),
            _ => {}
        }
        match turn {
            1 => message["reply-to-id"] = json!(id - 1),
            _ => message["msg"] = json!(format!("This is message {number}, of some length as messages have it.")),
        }
        add(json!({ "message": message }));
    }
    text
}

/// Returns all messages of a list by id. Reads all pages.
pub(crate) fn listed(server: &Server, path: &str) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = server.get(&format!("{path}limit=100{cursor}")).mj().send().expect(200);
        for message in page["messages"].as_array().unwrap() {
            let before = found.insert(message["id"].as_str().unwrap().to_owned(), message.clone());
            assert_eq!(before, None, "a message is listed twice");
        }
        match page["next"].as_str() {
            None => return found,
            Some(next) => cursor = format!("&cursor={next}"),
        }
    }
}
