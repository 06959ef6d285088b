use twclone_testkit::{World, json};

use crate::kit::{admin, answer, failure, failure_with_input, made_empty, seeded};

/// Commands that need an existing installation.
const COMMANDS: &[&[&str]] = &[
    &["status"],
    &["doctor"],
    &["seed", "test-load.json"],
    &["timelines", "lag"],
    &["timelines", "rebuild"],
    &["graph", "export", "mj"],
    &["graph", "import", "mj", "test-load.json"],
    &["products", "list"],
    &["users", "list"],
    &["users", "show", "mj"],
    &["users", "add", "mj", "--email", "mj@example.com"],
    &["users", "passwd", "mj"],
    &["users", "disable", "mj"],
    &["users", "enable", "mj"],
    &["users", "delegate", "add", "jordan", "mj"],
    &["users", "delegate", "remove", "jordan", "mj"],
    &["users", "sessions", "mj"],
    &["audit"],
    &["services", "list"],
    &["keys", "list"],
    &["keys", "rotate"],
];

#[test]
fn a_folder_without_an_installation_is_not_made_one() {
    let world = World::new();
    world.file("test-load.json", "{}");
    for command in COMMANDS {
        let failure = failure_with_input(&world, command, "secret\n", 5);
        let text = failure["error"].as_str().unwrap();
        assert!(text.contains("`twclone-admin init`") && text.contains(world.data().to_str().unwrap()), "{text}");
    }
    let output = admin(&world, &["status"]);
    assert_eq!((output.code, output.stdout.as_str()), (Some(5), ""));
    assert!(output.stderr.starts_with("twclone-admin: there is no installation in"), "{output:?}");
    assert!(!world.data().exists(), "the folder was made");
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    for file in ["identity.db", "items.db"] {
        let world = made_empty(World::embedded());
        // The version is in the file's header (SQLite file format, offset 60), as four bytes.
        let path = world.data().join(file);
        assert!(!world.data().join(format!("{file}-wal")).exists(), "{file} was left with a log");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
        std::fs::write(&path, &bytes).unwrap();
        for command in [&["init"][..], &["status"], &["users", "list"]] {
            let failure = failure(&world, command, 5);
            let text = failure["error"].as_str().unwrap();
            assert!(text.contains(file) && text.contains("newer release (version 99"), "{text}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{file} was changed");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let world = World::new();
    let folder = world.file("file", "").join("data");
    let failure = failure(&world, &["init", "--data-dir", folder.to_str().unwrap()], 5);
    assert!(failure["error"].as_str().unwrap().contains(folder.to_str().unwrap()), "{failure}");
}

#[test]
fn a_store_that_is_not_there_is_told() {
    let world = World::new();
    // Nothing listens there: the port was just freed, and is not reassigned this soon.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("http://127.0.0.1:{port}");
    let failure = failure(&world, &["init", "--no-seed", "--dynamodb-endpoint", &address], 5);
    assert!(failure["error"].as_str().unwrap().contains("Connection refused"), "{failure}");
}

#[test]
fn status_counts_what_there_is() {
    let world = seeded();
    let status = answer(&world, &["status"]);
    assert_eq!(status["data-folder"], json!(world.data()));
    assert_eq!(status["accounts"], json!({"active": 7, "deleted": 0, "disabled": 0}));
    let tables = status["tables"].as_array().unwrap();
    assert!(tables.iter().all(|table| table["active"] == true), "{status}");
    let items = |ending: &str| {
        let table = tables.iter().find(|table| table["name"].as_str().unwrap().ends_with(ending)).unwrap();
        (table["items"].as_u64().unwrap(), table["bytes"].as_u64().unwrap())
    };
    assert!(items("-messages").0 >= 10 && items("-messages").1 >= 1_000, "{status}");
    let files: Vec<_> = status["files"].as_array().unwrap().iter().map(|file| file["name"].clone()).collect();
    assert!(files.contains(&json!("identity.db")), "{status}");
    let output = admin(&world, &["status"]);
    assert_eq!(output.code, Some(0));
    for part in ["7 active, 0 deleted, 0 disabled", "-messages", "-platform", "identity.db"] {
        assert!(output.stdout.contains(part), "{part} is not in {output:?}");
    }
}

/// Returns the sorted names in the data folder.
fn files(world: &World) -> Vec<String> {
    let entries = std::fs::read_dir(world.data()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn commands_make_nothing_that_was_lost_and_say_what_it_is() {
    let world = made_empty(World::embedded());
    world.file("test-load.json", "{}");
    std::fs::remove_file(world.data().join("items.db")).unwrap();
    std::fs::remove_dir_all(world.data().join("keys")).unwrap();
    let before = files(&world);
    for command in COMMANDS.iter().filter(|command| command[0] != "doctor") {
        let failure = failure_with_input(&world, command, "secret\n", 5);
        let text = failure["error"].as_str().unwrap();
        assert!(text.contains("items.db is missing; restore a backup"), "{command:?}: {text}");
        assert_eq!(files(&world), before, "{command:?}");
    }
    let found = admin(&world, &["doctor"]);
    assert!(found.code != Some(0) && found.stdout.contains("items.db is missing"), "{found:?}");
    assert_eq!(files(&world), before);
}

#[test]
fn commands_make_no_tables_and_say_which_are_missing() {
    let world = made_empty(World::new());
    world.file("test-load.json", "{}");
    // No tables with this prefix exist.
    let other = format!("{}other-", world.prefix());
    for command in COMMANDS.iter().filter(|command| command[0] != "doctor") {
        let failure = failure_with_input(&world, &[&["--table-prefix", &other], *command].concat(), "secret\n", 5);
        let text = failure["error"].as_str().unwrap();
        assert!(text.contains("tables are missing") && text.contains(&format!("{other}messages")), "{text}");
    }
    let found = admin(&world, &["--table-prefix", &other, "doctor"]);
    assert!(found.code != Some(0) && found.stdout.contains(&format!("{other}messages")), "{found:?}");
}
