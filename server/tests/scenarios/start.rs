use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use twclone_testkit::{Output, World, repository};

fn refused(world: &World, flags: &[&str]) -> String {
    let mut command = world.command("twclone-server");
    command.args(flags);
    if !flags.contains(&"--port") {
        command.args(["--port", "0"]);
    }
    let output = Output::of(command, "");
    assert_eq!(output.code, Some(1), "{output:?}");
    assert_eq!(output.stdout, "");
    output.stderr
}

#[test]
fn a_port_that_is_taken_is_named() {
    let world = World::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let text = refused(&world, &["--port", &port]);
    assert!(text.contains(&format!("cannot listen on 127.0.0.1:{port}")) && text.contains("--port"), "{text}");
}

#[test]
fn a_server_that_cannot_listen_makes_nothing() {
    let world = World::embedded();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let seed = repository().join("test-load.json");
    for service in [&[][..], &["gateway"], &["auth"], &["--seed", seed.to_str().unwrap()]] {
        let text = refused(&world, &[&["--port", &port], service].concat());
        assert!(text.contains("cannot listen on"), "{text}");
        assert!(!world.data().exists(), "{service:?} made the data folder");
    }
    for service in [&[][..], &["gateway"]] {
        let files = ["--tls-certificate", "missing.pem", "--tls-key", "missing.pem"];
        let text = refused(&world, &[&files, service].concat());
        assert!(text.contains("missing.pem"), "{text}");
        assert!(!world.data().exists(), "{service:?} made the data folder");
    }
}

#[test]
fn a_server_that_finds_accounts_without_their_items_makes_no_empty_ones() {
    let world = World::embedded();
    assert_eq!(world.serve().stop(), Some(0));
    let items = world.data().join("items.db");
    std::fs::remove_file(&items).unwrap();
    for service in [&[][..], &["gateway"], &["auth"], &["messages"]] {
        let text = refused(&world, service);
        assert!(text.contains("items.db is missing; restore a backup"), "{service:?}: {text}");
        assert!(!items.exists(), "{service:?}");
    }
}

/// Opening would create an empty database of accounts, in which strangers could take the names of the lost ones.
#[test]
fn a_server_that_finds_items_without_their_accounts_makes_no_empty_ones() {
    let world = World::new();
    assert_eq!(world.serve().stop(), Some(0));
    for file in ["identity.db", "identity.db-wal", "identity.db-shm"] {
        let _ = std::fs::remove_file(world.data().join(file));
    }
    for service in [&[][..], &["gateway"], &["auth"], &["messages"]] {
        let text = refused(&world, service);
        assert!(text.contains("identity.db is missing; restore a backup"), "{service:?}: {text}");
        assert!(!world.data().join("identity.db").exists(), "{service:?}");
    }
}

/// A first start that ended before the accounts were there is no loss.
#[test]
fn an_interrupted_first_start_is_continued() {
    let world = World::embedded();
    assert_eq!(world.serve().stop(), Some(0));
    for file in std::fs::read_dir(world.data()).unwrap().map(|entry| entry.unwrap().path()) {
        let _ = std::fs::remove_file(file);
    }
    let items = world.data().join("items.db");
    std::fs::write(&items, "").unwrap();
    std::fs::set_permissions(&items, Permissions::from_mode(0o600)).unwrap();
    assert_eq!(world.serve().stop(), Some(0));
}

#[test]
fn more_requests_at_a_time_than_any_machine_does_are_refused_with_the_range() {
    let world = World::new();
    for requests in ["0", "100001", "9223372036854775807", "18446744073709551615"] {
        let text = refused(&world, &["--requests-at-a-time", requests]);
        assert!(text.contains(&format!("requests-at-a-time is {requests}; it must be from 1 to 100000")), "{text}");
    }
    drop(world.serve_with(&["--requests-at-a-time", "100000"]));
}

#[test]
fn a_data_folder_that_cannot_be_made_is_named() {
    let world = World::new();
    let file = world.file("file", "");
    let folder = file.join("data");
    let text = refused(&world, &["--data-dir", folder.to_str().unwrap()]);
    assert!(text.contains(folder.to_str().unwrap()) && text.contains("--data-dir"), "{text}");
}

#[test]
fn files_are_for_their_owner_alone() {
    let world = World::embedded();
    let server = world.serve_seeded();
    let mode = |path: &str| std::fs::metadata(world.data().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("keys")), (0o700, 0o700));
    for file in ["identity.db", "items.db", "identity.db-wal", "items.db-wal"] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    let keys: Vec<_> = std::fs::read_dir(world.data().join("keys")).unwrap().map(|key| key.unwrap().path()).collect();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    drop(server);
}

#[test]
fn what_others_can_open_stops_the_start_until_the_named_command_is_run() {
    let world = World::embedded();
    assert_eq!(world.serve().stop(), Some(0));
    let keys = world.data().join("keys");
    let key = std::fs::read_dir(&keys).unwrap().next().unwrap().unwrap().path();
    let places = [world.data(), keys, key, world.data().join("identity.db"), world.data().join("items.db")];
    let modes = |path: &Path| if path.is_dir() { ["0755", "0750", "0701"] } else { ["0644", "0640", "0604"] };
    for path in &places {
        for mode in modes(path) {
            let loose = u32::from_str_radix(mode, 8).unwrap();
            std::fs::set_permissions(path, Permissions::from_mode(loose)).unwrap();
            let text = refused(&world, &[]);
            assert!(text.contains(&format!("others can open {} (mode {mode})", path.display())), "{text}");
            assert!(text.contains("twclone-admin doctor --repair"), "{text}");
            let (_, command) = text.split_once("run `").unwrap();
            let (command, _) = command.split_once('`').unwrap();
            assert!(Command::new("sh").args(["-c", command]).status().unwrap().success(), "{command}");
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, loose & 0o700, "{command}");
        }
    }
    assert_eq!(world.serve().stop(), Some(0));
}

#[test]
fn a_folder_that_was_made_beforehand_becomes_its_owners_alone() {
    let world = World::embedded();
    std::fs::create_dir(world.data()).unwrap();
    std::fs::set_permissions(world.data(), Permissions::from_mode(0o755)).unwrap();
    assert_eq!(world.serve().stop(), Some(0));
    assert_eq!(world.data().metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    for (file, known) in [("identity.db", 5), ("items.db", 1)] {
        let world = World::embedded();
        assert_eq!(world.serve().stop(), Some(0));
        // The version is in the file's header (SQLite file format, offset 60), as four bytes.
        let path = world.data().join(file);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
        std::fs::write(&path, bytes).unwrap();
        let text = refused(&world, &[]);
        let newer = format!("newer release (version 99; this one knows {known})");
        assert!(text.contains(file) && text.contains(&newer), "{text}");
    }
}

#[test]
fn another_database_is_not_touched() {
    for file in ["identity.db", "items.db"] {
        let world = World::embedded();
        assert_eq!(world.serve().stop(), Some(0));
        let path = world.data().join(file);
        std::fs::write(&path, "not a database at all, but long enough to look like one".repeat(40)).unwrap();
        assert!(refused(&world, &[]).contains(&format!("{file}: is not")));
    }
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let world = World::new();
    let wrong = world.file("wrong.toml", "ports = 5000\n");
    let typed = world.file("typed.toml", "address = 5\n");
    for (flags, part) in [
        (vec!["--bcrypt-cost", "3"], "bcrypt-cost"),
        (vec!["--table-prefix", "a b"], "table-prefix"),
        (vec!["--address", "here"], "address"),
        (vec!["--config", "missing.toml"], "missing.toml"),
        (vec!["--log", "sometimes=maybe"], "log"),
        (vec!["--config", wrong.to_str().unwrap()], "ports"),
        (vec!["--config", typed.to_str().unwrap()], "address"),
        (vec!["--dynamodb-endpoint", "localhost:8000"], "http://"),
    ] {
        let text = refused(&world, &flags);
        assert!(text.contains(part), "{flags:?}: {text}");
    }
}

#[test]
fn settings_come_from_flag_environment_and_file_in_this_order() {
    let world = World::embedded();
    let file = world.file("twclone.toml", "data-dir = \"from-file\"\nbcrypt-cost = 5\n");
    assert!(file.is_file());
    let start = |environment: Option<&str>, flag: Option<&str>| {
        let mut command = world.command("twclone-admin");
        command.env_remove("TWCLONE_DATA_DIR").args(["init", "--no-seed"]);
        command.envs(environment.map(|folder| ("TWCLONE_DATA_DIR", folder)));
        command.args(flag.map(|folder| format!("--data-dir={folder}")));
        let output = Output::of(command, "");
        assert_eq!(output.code, Some(0), "{output:?}");
    };
    let exists = |folder: &str| world.folder().join(folder).join("identity.db").is_file();
    start(None, None);
    assert!(exists("from-file"));
    start(Some("from-environment"), None);
    assert!(exists("from-environment"));
    start(Some("from-nowhere"), Some("from-flag"));
    assert!(exists("from-flag") && !exists("from-nowhere"));
}

#[test]
fn a_seed_file_with_a_fault_at_its_end_loads_nothing() {
    let world = World::new();
    let seed = std::fs::read_to_string(repository().join("test-load.json")).unwrap();
    let (all, last) = seed.rsplit_once("\"to\": \"mj\"").unwrap();
    let file = world.file("seed.json", &format!("{all}\"to\": \"nobody\"{last}"));
    let text = refused(&world, &["--seed", file.to_str().unwrap()]);
    assert!(text.contains("messages[9].to: there is no account nobody"), "{text}");
    let server = world.serve();
    assert_eq!(server.get("/users/all").send().expect(200)["users"].as_array().unwrap().len(), 0);
}

#[test]
fn settings_that_cannot_be_are_told_in_plain_words() {
    let world = World::new();
    let told = |text: &str, flags: &[&str]| {
        world.file("twclone.toml", text);
        let mut command = world.command("twclone-server");
        command.args(flags);
        let output = Output::of(command, "");
        assert_ne!(output.code, Some(0), "{text} {flags:?}: {output:?}");
        for words in ["expected", "default.", "u16", "digit", "signed int", "TOML parse"] {
            assert!(!output.stderr.contains(words), "{text} {flags:?}: {output:?}");
        }
        output.stderr
    };
    for (text, wanted) in [
        ("port = \"abc\"", "twclone.toml: port is \"abc\"; it must be a whole number from 0 to 65535"),
        ("port = 70000", "twclone.toml: port is 70000; it must be a whole number from 0 to 65535"),
        ("address = 5", "twclone.toml: address is 5; it must be a text, in \"\""),
        ("prot = 5", "twclone.toml: prot is not a setting; the settings are data-dir, "),
        ("address = \"::\"\nport = [1", "twclone.toml: cannot be read at line 2, column "),
        ("sign-ups-per-address = \"often\"", "twclone.toml: sign-ups-per-address "),
    ] {
        let told = told(text, &[]);
        assert!(told.contains(wanted), "{text}: {told}");
    }
    let told = told("", &["--fan-out-threshold", "many"]);
    assert!(
        told.contains("'many'") && told.contains("must be a whole number from 0 to 18446744073709551615"),
        "{told}"
    );
}
