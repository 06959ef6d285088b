use crate::kit::{blamed, counts, empty, failure};

#[test]
fn a_file_that_is_no_seed_file_is_named_with_line_and_column() {
    let world = empty();
    let account = r#"{"username": "mj", "email": "mj@example.com"}"#;
    for (name, text, place, reason) in [
        ("broken.json", "{\n  \"accounts\": [}\n".to_owned(), "line 2 column 16", "is not JSON from here on"),
        ("cut.json", format!("{{\"accounts\": [{account}"), "line 1 column 59", "ends too early"),
        ("empty.json", String::new(), "line 1 column 0", "is empty"),
        ("list.json", "[]".to_owned(), "line 1 column 2", "must be an object with lists such as \"accounts\""),
        ("other.json", "{\"accounts\": [], \"people\": []}".to_owned(), "people", "is unknown"),
        ("twice.json", "{\"messages\": [], \"messages\": []}".to_owned(), "messages", "more than once"),
        ("tail.json", format!("{{\"accounts\": [{account}]}}\n{{}}"), "line 2 column 1", "text follows"),
        ("no-list.json", "{\"accounts\": {}}".to_owned(), "line 1 column 14", "must be a list of accounts"),
        (
            "number.json",
            format!("{{\"accounts\": [5, {account}]}}"),
            "accounts[0]",
            "an object with named fields, not a number",
        ),
        ("number.jsonl", format!("{{\"account\": 5}}\n{{\"account\": {account}}}"), "line 1", "named fields"),
        ("no-object.json", "{\"messages\": [[5]]}".to_owned(), "messages[0]", "an object with named fields"),
        (
            "broken.jsonl",
            format!("{{\"account\": {account}}}\n{{\"account\": {{}}\n"),
            "line 2 column 14",
            "ends too early",
        ),
        ("other.jsonl", format!("\n{{\"person\": {account}}}"), "line 2 column 9", "\"person\" is unknown"),
        ("second.jsonl", format!("{{\"account\": {account}, \"message\": {{}}}}"), "line 1 column 68", "second field"),
        ("tail.ndjson", format!("{{\"account\": {account}}} {{}}"), "line 1 column 60", "text follows"),
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
    let missing = world.folder().join("missing.json");
    for path in [folder, missing] {
        let path = path.to_str().unwrap();
        let failure = failure(&world, &["seed", path], 3);
        assert_eq!(blamed(&failure), ["file"], "{failure}");
        assert!(failure["faults"][0]["message"].as_str().unwrap().contains(path), "{failure}");
    }
    assert_eq!(counts(&world), (0, 0));
}

#[test]
fn all_faults_of_a_file_are_told_in_one_run() {
    let world = empty();
    let mut text =
        b"{\"account\": {\"username\": \"z1\"}}\nno\n{\"account\": {\"username\": \"z 2\", \"email\": \"z@x.org\"}}\n"
            .to_vec();
    text.extend(b"{\"account\": {\"username\": \"caf\xe9\"}}\n{\"message\": {\"id\": }}\n{\"message\": 7}\n[]\n");
    text.extend(b"{\"like\": {\"post\": 1}, \"post\": {}}\n{\"like\": {\"post\": 1}}\n");
    let file = world.folder().join("e.jsonl");
    std::fs::write(&file, text).unwrap();
    let failure = failure(&world, &["seed", file.to_str().unwrap()], 3);
    let wanted = [
        "line 1.email",
        "line 2 column 2",
        "line 3.username",
        "line 4 column 30",
        "line 5 column 20",
        "line 6",
        "line 7 column 2",
        "line 8 column 28",
        "line 9.username",
    ];
    assert_eq!(blamed(&failure), wanted, "{failure}");
    for words in ["expected", "invalid type", "EOF", "serde", "trailing"] {
        assert!(!failure["faults"].to_string().contains(words), "{failure}");
    }
    assert_eq!(counts(&world), (0, 0));
}

#[test]
fn what_is_wrong_in_one_list_hides_nothing_in_the_others() {
    let world = empty();
    let text = r#"{"people": [], "accounts": [5, {"username": "z 1", "email": "z@x.org"}, null], "posts": ["x"], "accounts": []}"#;
    let file = world.file("e.json", text);
    let failure = failure(&world, &["seed", file.to_str().unwrap()], 3);
    let wanted = ["people", "accounts[0]", "accounts[1].username", "accounts[2]", "accounts", "posts[0]"];
    let mut told = blamed(&failure);
    told.sort_unstable();
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    assert_eq!(told, wanted, "{failure}");
}

#[test]
fn of_many_faults_the_first_are_told_and_the_others_counted() {
    let world = empty();
    let file = world.file("many.jsonl", &"no\n".repeat(1_000));
    let failure = failure(&world, &["seed", file.to_str().unwrap()], 3);
    let told = blamed(&failure);
    assert_eq!((told.len(), told[0], told[99], told[100]), (101, "line 1 column 2", "line 100 column 2", "file"));
    assert_eq!(failure["faults"][100]["message"], "has 900 more faults");
}
