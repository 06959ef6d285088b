use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use twclone_testkit::{Client, Value, World, json};

use crate::kit::{admin, answer, conversations, empty, failure, items, listed, load, made_empty, seeded};

/// Makes a backup, and returns its path.
fn back_up(world: &World, arguments: &[&str]) -> PathBuf {
    let folder = folder(world);
    let made = answer(world, &[&["backup", folder.to_str().unwrap()], arguments].concat());
    PathBuf::from(made["backup"].as_str().unwrap())
}

fn folder(world: &World) -> PathBuf {
    world.folder().join("backups")
}

/// Returns the sorted names in a folder, including hidden files; empty if the folder cannot be read.
fn entries(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Moves the data folder away, and restores a backup in its place.
fn restore(world: &World, backup: &Path) -> Value {
    std::fs::rename(world.data(), world.folder().join("lost")).unwrap();
    answer(world, &["restore", backup.to_str().unwrap()])
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn what_is_backed_up_comes_back() {
    let world = seeded();
    let server = world.serve();
    let before = listed(&server, "/listmsg/kobe?box=all&");
    let token = server.post("/login", &json!({"username": "mj", "password": "bulls"})).send();
    let backup = back_up(&world, &[]);
    let after = server.post("/sendmsg", &json!({"to": "kobe", "msg": "after the backup"})).mj().send().expect(201);
    assert_eq!(server.stop(), Some(0));

    let verified = answer(&world, &["backup", "verify", folder(&world).to_str().unwrap()]);
    assert_eq!((&verified["sound"], &verified["backups"][0]["faults"]), (&json!(true), &json!([])), "{verified}");
    let restored = restore(&world, &backup);
    assert_eq!(restored["created-at"], verified["backups"][0]["created-at"]);
    for (path, wanted) in [("", 0o700), ("keys", 0o700), ("identity.db", 0o600)] {
        assert_eq!(mode(&world.data().join(path)), wanted, "{path}");
        assert_eq!(mode(&backup.join(path)), wanted, "{path}");
    }
    let server = world.serve();
    let mut now = listed(&server, "/listmsg/kobe?box=all&");
    if !world.is_embedded() {
        // The items are in DynamoDB, and were not restored.
        assert!(restored["notes"][0].as_str().unwrap().contains("point-in-time recovery"), "{restored}");
        now.remove(after["id"].as_str().unwrap());
    }
    assert_eq!(now, before);
    // The restored server signs with the same key.
    assert_eq!(token.status, 200, "{token:?}");
    let session = token.json();
    if let Some(token) = session["access_token"].as_str().or(session["token"].as_str()) {
        assert_eq!(server.get("/listmsg/mj").bearer(token).send().status, 200);
    }
    drop(server);
    assert_eq!(answer(&world, &["doctor"])["healthy"], true);
}

#[test]
fn a_backup_under_load_has_both_stores_as_they_were_at_one_moment() {
    let world = made_empty(World::embedded());
    load(&world, "people.jsonl", &conversations(2_000));
    let server = world.serve_with(&["--sign-ups-per-address", "off"]);
    let (stop, ready, count) = (AtomicBool::new(false), AtomicBool::new(false), AtomicUsize::new(0));
    let (backup, acknowledged) = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                scope.spawn({
                    let (stop, server, ready, count) = (&stop, &server, &ready, &count);
                    move || write(server, writer, (stop, ready), count)
                })
            })
            .collect();
        let begun = Instant::now();
        while count.load(Ordering::SeqCst) <= 10 && begun.elapsed() < Duration::from_mins(1) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let before = Instant::now();
        ready.store(true, Ordering::SeqCst);
        // A request that is in flight now may be counted as before or after the start of the backup.
        std::thread::sleep(Duration::from_millis(200));
        let backup = back_up(&world, &[]);
        assert!(before.elapsed() < Duration::from_mins(1));
        stop.store(true, Ordering::SeqCst);
        (backup, writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect::<BTreeMap<_, _>>())
    });
    assert!(acknowledged.len() > 10, "only {} were written before", acknowledged.len());
    drop(server);

    restore(&world, &backup);
    assert_eq!(answer(&world, &["doctor"])["healthy"], true);
    let server = world.serve();
    let sent = listed(&server, "/listmsg/mj?box=sent&");
    for (id, name) in &acknowledged {
        assert!(sent.contains_key(id), "message {id} to {name} is lost");
        assert_eq!(server.get(&format!("/listmsg/{name}")).basic(name, "a plain phrase").send().status, 200);
    }
    drop(server);
    // A write that was in progress at the moment of the backup is in both stores, or in neither.
    assert_eq!(answer(&world, &["doctor"])["healthy"], true);
}

/// Registers accounts, and sends a message to each. Returns the id and the recipient of each message that was
/// acknowledged before the backup began.
fn write(
    server: &Client,
    writer: u32,
    (stop, begun): (&AtomicBool, &AtomicBool),
    count: &AtomicUsize,
) -> Vec<(String, String)> {
    let mut acknowledged = Vec::new();
    for number in 0.. {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let name = format!("new{writer}x{number}");
        let account = json!({"username": name, "email": format!("{name}@example.com"), "password": "a plain phrase"});
        let made = server.post("/register", &account).send();
        assert_eq!(made.status, 201, "{made:?}");
        let message = server.post("/sendmsg", &json!({"to": name, "msg": "at once"})).mj().send().expect(201);
        if !begun.load(Ordering::SeqCst) {
            acknowledged.push((message["id"].as_str().unwrap().to_owned(), name));
            count.fetch_add(1, Ordering::SeqCst);
        }
    }
    acknowledged
}

fn start(world: &World, arguments: &[&str]) -> Child {
    let mut command = world.command("twclone-admin");
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Kills a command as soon as `there` returns true.
fn kill_at(mut child: Child, there: impl Fn() -> bool) {
    let begin = Instant::now();
    while !there() {
        assert_eq!(child.try_wait().unwrap(), None, "it ended before it was seen");
        assert!(begin.elapsed() < Duration::from_mins(1), "nothing was seen in a minute");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_backup_that_is_killed_is_taken_for_none_and_cleaned_up() {
    let world = made_empty(World::embedded());
    load(&world, "seed.jsonl", &conversations(4_000));
    let folder = folder(&world);
    let path = folder.to_str().unwrap();
    let half = || entries(&folder).iter().any(|name| folder.join(name).join("items.db").exists());
    kill_at(start(&world, &["backup", path]), half);
    assert!(entries(&folder).iter().all(|name| name.ends_with(".partial")), "{:?}", entries(&folder));
    let none = failure(&world, &["backup", "verify", path], 4);
    assert!(none["error"].as_str().unwrap().contains("no backup"), "{none}");
    failure(&world, &["restore", path], 4);

    let backup = back_up(&world, &[]);
    assert_eq!(entries(&folder), [backup.file_name().unwrap().to_str().unwrap()]);
    answer(&world, &["backup", "verify", path]);
}

#[test]
fn a_restore_that_is_killed_lets_nothing_start_and_is_begun_again() {
    let world = made_empty(World::embedded());
    load(&world, "seed.jsonl", &conversations(4_000));
    let count = items(&world, "messages");
    let backup = back_up(&world, &[]);
    std::fs::rename(world.data(), world.folder().join("lost")).unwrap();
    let restoring = world.data().join(".restoring");
    kill_at(start(&world, &["restore", backup.to_str().unwrap()]), || restoring.join("items.db").exists());
    assert!(restoring.exists(), "it was done before it could be killed");
    let refused = failure(&world, &["init", "--no-seed"], 5);
    assert!(refused["error"].as_str().unwrap().contains("twclone-admin restore"), "{refused}");

    answer(&world, &["restore", backup.to_str().unwrap()]);
    assert!(!restoring.exists());
    assert_eq!(items(&world, "messages"), count);
}

#[test]
fn a_full_disk_is_told_and_nothing_is_left() {
    let Some(world) = World::on_small_disk(32_000) else { return };
    let world = made_empty(world);
    load(&world, "seed.jsonl", &conversations(1_000));
    let folder = world.data().join("backups");
    let path = folder.to_str().unwrap();
    let old = answer(&world, &["backup", path])["backup"].take();
    for room in [1_000, 300, 100] {
        world.fill_disk(room);
        let full = failure(&world, &["backup", path, "--keep", "1"], 5);
        let text = full["error"].as_str().unwrap();
        assert!(text.contains("no room") && text.contains(path), "{full}");
        assert_eq!(entries(&folder).len(), 1, "{room}: {:?}", entries(&folder));
        world.free_disk();
    }
    let new = answer(&world, &["backup", path, "--keep", "1"]);
    assert_eq!(new["removed"], json!([old]));

    // There is no room for a restore either.
    let backup = new["backup"].as_str().unwrap();
    let other = world.data().join("other");
    world.fill_disk(300);
    let full = failure(&world, &["restore", backup, "--data-dir", other.to_str().unwrap()], 5);
    assert!(full["error"].as_str().unwrap().contains("no room"), "{full}");
    assert_eq!(entries(&other), [""; 0]);
}

#[test]
fn a_flipped_byte_is_found_wherever_it_is() {
    let world = World::embedded();
    let world = made_empty(world);
    load(&world, "seed.jsonl", &conversations(40));
    let backup = back_up(&world, &[]);
    let keys = entries(&backup.join("keys")).into_iter().map(|name| format!("keys/{name}"));
    let files: Vec<_> =
        ["identity.db", "items.db", "manifest.json"].map(str::to_owned).into_iter().chain(keys).collect();
    assert!(files.len() > 3, "there is no key in {files:?}");
    std::fs::rename(world.data(), world.folder().join("lost")).unwrap();
    for name in &files {
        let file = backup.join(name);
        let sound = std::fs::read(&file).unwrap();
        for place in [0, sound.len() / 2, sound.len() - 1] {
            let mut bytes = sound.clone();
            bytes[place] ^= 0x20;
            std::fs::write(&file, &bytes).unwrap();
            let output = admin(&world, &["backup", "verify", backup.to_str().unwrap(), "--json"]);
            assert_eq!(output.code, Some(1), "{name}, {place}: {output:?}");
            let fault = output.json()["backups"][0]["faults"][0].take();
            assert!(fault.as_str().unwrap().contains(name), "{name}, {place}: {fault}");
            failure(&world, &["restore", backup.to_str().unwrap()], 3);
        }
        std::fs::remove_file(&file).unwrap();
        assert_eq!(admin(&world, &["backup", "verify", folder(&world).to_str().unwrap()]).code, Some(1), "{name}");
        std::fs::write(&file, &sound).unwrap();
    }
    assert!(!world.data().exists());
    answer(&world, &["restore", backup.to_str().unwrap()]);
}

#[test]
fn nothing_is_restored_over_something() {
    let world = empty();
    let backup = back_up(&world, &[]);
    let backup = backup.to_str().unwrap();
    let refused = failure(&world, &["restore", backup], 4);
    assert!(refused["error"].as_str().unwrap().contains("not empty"), "{refused}");
    let folders = failure(&world, &["restore", folder(&world).to_str().unwrap(), "--data-dir", "other"], 4);
    assert!(folders["error"].as_str().unwrap().contains(backup), "{folders}");
    std::fs::create_dir(world.folder().join("mine")).unwrap();
    world.file("mine/.note", "mine");
    failure(&world, &["restore", backup, "--data-dir", "mine"], 4);
    assert_eq!(entries(&world.folder().join("mine")), [".note"]);
    std::fs::create_dir(world.folder().join("bare")).unwrap();
    answer(&world, &["restore", backup, "--data-dir", "bare"]);
    assert_eq!(mode(&world.folder().join("bare")), 0o700);
}

#[test]
fn the_newest_backups_are_kept() {
    let world = empty();
    let folder = folder(&world);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("twclone-notes"), "mine").unwrap();
    let made: Vec<_> = (0..4).map(|_| back_up(&world, &[])).collect();
    let last = back_up(&world, &["--keep", "2"]);
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(entries(&folder), [name(&made[3]), name(&last), "twclone-notes".to_owned()]);
    assert_eq!(admin(&world, &["backup", folder.to_str().unwrap(), "--keep", "0"]).code, Some(2));
    assert_eq!(admin(&world, &["backup"]).code, Some(2));
    failure(&world, &["backup", folder.to_str().unwrap(), "--data-dir", "nowhere"], 5);
    assert!(!world.folder().join("nowhere").exists());
}

#[test]
fn a_damaged_store_is_not_backed_up_in_place_of_sound_ones() {
    let world = made_empty(World::embedded());
    load(&world, "seed.jsonl", &conversations(400));
    let sound = back_up(&world, &[]);
    let path = world.data().join("items.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // Changes all occurrences, because some are in unused parts of the file.
    let text = b"This is message";
    let places = bytes.windows(text.len()).enumerate().filter(|(_, window)| window == text).map(|(place, _)| place);
    for place in places.collect::<Vec<_>>() {
        bytes[place] ^= 1;
    }
    std::fs::write(&path, &bytes).unwrap();
    let refused = failure(&world, &["backup", folder(&world).to_str().unwrap(), "--keep", "1"], 1);
    let text = refused["error"].as_str().unwrap();
    assert!(text.contains("items.db") && text.contains("twclone-admin doctor"), "{refused}");
    assert_eq!(entries(&folder(&world)), [sound.file_name().unwrap().to_str().unwrap()]);
}

/// An operator's mistake: one file is copied back by hand instead of with `restore`.
#[test]
fn a_name_that_an_older_identity_database_does_not_know_is_not_given_to_strangers() {
    let world = made_empty(World::embedded());
    load(&world, "people.jsonl", &conversations(4));
    let old = back_up(&world, &[]).join("identity.db");
    let server = world.serve();
    let ghost = |email: &str| json!({"username": "ghost", "email": email, "password": "a plain phrase"});
    server.post("/register", &ghost("ghost@example.com")).send().expect(201);
    server.post("/sendmsg", &json!({"to": "ghost", "msg": "private"})).mj().send().expect(201);
    assert_eq!(server.stop(), Some(0));
    std::fs::copy(&old, world.data().join("identity.db")).unwrap();

    let repaired = admin(&world, &["doctor", "--repair", "--json"]);
    assert!(repaired.stdout.contains("identity.db is older than the items"), "{repaired:?}");
    let server = world.serve();
    server.post("/register", &ghost("stranger@example.com")).send().problem(409);
    let refused = failure(&world, &["users", "add", "ghost", "--email", "x@example.com", "--no-password"], 4);
    assert!(refused["error"].as_str().unwrap().contains("twclone-admin doctor"), "{refused}");
    drop(server);
    // A repair must not release the name either.
    for repair in [&["doctor", "--json"][..], &["doctor", "--repair", "--json"]] {
        let output = admin(&world, repair);
        assert_eq!(output.code, Some(1), "{output:?}");
        assert!(output.stdout.contains("no account ghost: identity.db may be from an older backup"), "{output:?}");
    }
    let server = world.serve();
    server.post("/register", &ghost("stranger@example.com")).send().problem(409);
    server
        .post("/register", &json!({"username": "fresh", "email": "f@example.com", "password": "a plain phrase"}))
        .send()
        .expect(201);
}
