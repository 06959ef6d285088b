use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

use twclone_testkit::{Output, World, json};

use crate::kit::{answer, answer_with_input, blamed, counts, empty, failure_with_input, project_seed, seeded};

/// Creates a FIFO, into which another thread writes this text once.
fn fifo(world: &World, name: &str, text: String) -> (String, JoinHandle<()>) {
    let path = world.folder().join(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let at = path.clone();
    let writer = std::thread::spawn(move || std::fs::write(at, text).unwrap());
    (path.to_str().unwrap().to_owned(), writer)
}

fn created(loaded: &twclone_testkit::Value) -> (u64, u64) {
    let created = |kind| loaded["files"][0][kind]["created"].as_u64().unwrap();
    (created("accounts"), created("messages"))
}

/// Returns the accounts and messages of the project's seed data, one record per line.
fn lines() -> String {
    let seed = project_seed();
    let mut lines = String::from("\u{feff}");
    for (list, kind) in [("accounts", "account"), ("messages", "message")] {
        for record in seed[list].as_array().unwrap() {
            writeln!(lines, " {}", json!({ kind: record })).unwrap();
        }
    }
    lines
}

#[test]
fn a_seed_file_comes_from_a_fifo() {
    for (name, text) in [
        ("p.json", project_seed().to_string()),
        ("p.jsonl", lines()),
        // Names without an extension, as from a shell's <(…).
        ("63", project_seed().to_string()),
        ("64", lines()),
    ] {
        let world = empty();
        let (path, writer) = fifo(&world, name, text);
        assert_eq!(created(&answer(&world, &["seed", &path])), (7, 10), "{name}");
        writer.join().unwrap();
    }
}

#[test]
fn a_seed_file_comes_from_standard_input() {
    for text in [project_seed().to_string(), lines()] {
        let world = empty();
        assert_eq!(created(&answer_with_input(&world, &["seed", "-"], &text)), (7, 10));
        assert_eq!(created(&answer_with_input(&world, &["seed", "/dev/stdin"], &text)), (0, 0));
    }
    let world = World::new();
    let text = project_seed().to_string();
    assert_eq!(created(&answer_with_input(&world, &["init", "--seed", "-"], &text)), (7, 10));
    let failure = failure_with_input(&world, &["seed", "-"], "no", 3);
    assert_eq!(failure["error"], "standard input has faults; none of it was written");
    assert_eq!(blamed(&failure), ["line 1 column 2"]);
}

#[test]
fn a_copy_is_nowhere_to_be_found() {
    let world = empty();
    let temporary = world.folder().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    for text in [lines(), "no".to_owned()] {
        let mut command = world.command("twclone-admin");
        command.args(["seed", "-"]).env("TMPDIR", &temporary);
        let loaded = Output::of(command, &text).code;
        assert!(matches!(loaded, Some(0 | 3)), "{loaded:?}");
        assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
    }
    assert!(!Path::new("-").exists());
}

#[test]
fn a_disk_without_room_for_a_copy_is_named() {
    let Some(world) = World::on_small_disk(8 << 10) else { return };
    assert_eq!(world.admin(&["init", "--no-seed"]).code, Some(0));
    let mut command = world.command("twclone-admin");
    command.args(["seed", "-"]).env("TMPDIR", world.data());
    let output = Output::of(command, &" ".repeat(16 << 20));
    assert_eq!(output.code, Some(5), "{output:?}");
    assert!(output.stderr.contains("cannot be copied") && output.stderr.contains("the disk is full"), "{output:?}");
    assert!(output.stderr.contains("TMPDIR"), "{output:?}");
    // There is room again: the copy is gone.
    let mut command = world.command("twclone-admin");
    command.args(["seed", "-"]).env("TMPDIR", world.data());
    assert_eq!(Output::of(command, &lines()).code, Some(0));
    assert_eq!(counts(&world).0, 7);
}

#[test]
fn lists_come_from_standard_input_and_fifos() {
    let world = seeded();
    let told = answer_with_input(&world, &["graph", "import", "mj", "-"], "kobe\njordan\n");
    assert_eq!(told["new"], 2, "{told}");
    let failure = failure_with_input(&world, &["graph", "import", "mj", "-"], "\"kobe\n", 3);
    assert_eq!(blamed(&failure), ["line 1"]);
    let products = "id,name,description,price,currency,stock\n70,Net,,34900,USD,3\n";
    assert_eq!(answer_with_input(&world, &["products", "import", "-"], products)["new"], 1);
    let (path, writer) = fifo(&world, "p.csv", products.to_owned());
    assert_eq!(answer(&world, &["products", "import", &path])["unchanged"], 1);
    writer.join().unwrap();
    // The command reads to the end of standard input. This one ends at once.
    let mut command = world.command("twclone-admin");
    command.args(["products", "import", "-"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    assert_eq!(command.status().unwrap().code(), Some(3));
}
