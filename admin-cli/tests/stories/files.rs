use crate::kit::{blamed, counts, empty, failure};

#[test]
fn a_file_that_is_no_seed_file_is_named_with_line_and_column() {
    let world = empty();
    let account = r#"{"username": "mj", "email": "mj@example.com"}"#;
    for (name, text, place, reason) in [
        ("broken.json", "{\n  \"accounts\": [}\n".to_owned(), "line 2 column 16", "expected value"),
        ("cut.json", format!("{{\"accounts\": [{account}"), "line 1 column 59", "EOF"),
        ("empty.json", String::new(), "line 1 column 0", "EOF"),
        ("list.json", "[]".to_owned(), "line 1 column 1", "accounts"),
        ("other.json", "{\"accounts\": [], \"people\": []}".to_owned(), "line 1 column 26", "\"people\" is neither"),
        ("twice.json", "{\"messages\": [], \"messages\": []}".to_owned(), "line 1 column 28", "more than once"),
        ("tail.json", format!("{{\"accounts\": [{account}]}}\n{{}}"), "line 2 column 1", "trailing"),
        ("no-list.json", "{\"accounts\": {}}".to_owned(), "line 1 column 14", "a list of accounts"),
        ("number.json", format!("{{\"accounts\": [5, {account}]}}"), "line 1 column 16", "an object with named fields"),
        ("number.jsonl", format!("{{\"account\": 5}}\n{{\"account\": {account}}}"), "line 1 column 13", "named fields"),
        ("no-object.json", "{\"messages\": [5]}".to_owned(), "line 1 column 16", "an object with named fields"),
        ("broken.jsonl", format!("{{\"account\": {account}}}\n{{\"account\": {{}}\n"), "line 2 column 14", "EOF"),
        ("other.jsonl", format!("\n{{\"person\": {account}}}"), "line 2 column 9", "\"person\" is neither"),
        ("second.jsonl", format!("{{\"account\": {account}, \"message\": {{}}}}"), "line 1 column 68", "second field"),
        ("tail.ndjson", format!("{{\"account\": {account}}} {{}}"), "line 1 column 60", "trailing"),
    ] {
        let file = world.file(name, &text);
        let failure = failure(&world, &["seed", file.to_str().unwrap()], 3);
        assert_eq!(blamed(&failure), [place], "{name}: {failure}");
        assert!(failure["faults"][0]["message"].as_str().unwrap().contains(reason), "{name}: {failure}");
        assert!(failure["error"].as_str().unwrap().contains(name), "{name}: {failure}");
    }
    assert_eq!(counts(&world), (0, 0));
}

#[test]
fn what_cannot_be_read_is_named() {
    let world = empty();
    let folder = world.folder().join("folder.json");
    std::fs::create_dir(&folder).unwrap();
    let bytes = world.folder().join("latin.jsonl");
    std::fs::write(&bytes, b"{\"account\": {\"username\": \"caf\xe9\"}}").unwrap();
    let missing = world.folder().join("missing.json");
    for path in [folder, bytes, missing] {
        let path = path.to_str().unwrap();
        let failure = failure(&world, &["seed", path], 3);
        assert_eq!(blamed(&failure), ["file"], "{failure}");
        assert!(failure["faults"][0]["message"].as_str().unwrap().contains(path), "{failure}");
    }
    assert_eq!(counts(&world), (0, 0));
}
