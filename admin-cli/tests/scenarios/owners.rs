//! Commands that root runs on the service user's data folder leave the files to that user.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use twclone_testkit::{Output, World, json};

use crate::kit::admin;

/// Id of the service's user and group. On a usual machine, they own nothing.
const SERVICE: u32 = 65_534;

/// Returns a world whose data folder belongs to the service's user; `None` if the tests do not run as root.
fn world() -> Option<World> {
    let world = World::embedded();
    if fs::metadata(world.folder()).unwrap().uid() != 0 {
        eprintln!("passed over: only root can give files away");
        return None;
    }
    // The service's user must be able to reach its folder and its program.
    fs::set_permissions(world.folder(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    fs::create_dir(world.data()).unwrap();
    chown(world.data(), Some(SERVICE), Some(SERVICE)).unwrap();
    Some(world)
}

/// Returns everything in a folder that belongs to another user or group.
fn foreign(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let owner = fs::symlink_metadata(&path).unwrap();
        if (owner.uid(), owner.gid()) != (SERVICE, SERVICE) {
            found.push(path.display().to_string());
        }
        if path.is_dir() {
            found.extend(foreign(&path));
        }
    }
    found
}

/// Returns a command that runs as the service's user. Copies the program if that user cannot reach it.
fn as_service(world: &World, program: &str) -> Command {
    let command = world.command(program);
    let mut place = PathBuf::from(command.get_program());
    if Command::new(&place).arg("--version").uid(SERVICE).output().is_err() {
        let copy = world.folder().join(program);
        if !copy.exists() {
            fs::copy(&place, &copy).unwrap();
        }
        place = copy;
    }
    let mut own = Command::new(place);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => own.env(name, value),
            None => own.env_remove(name),
        };
    }
    own.current_dir(world.folder()).uid(SERVICE).gid(SERVICE);
    own
}

fn works(world: &World) {
    assert_eq!(foreign(&world.data()), [""; 0]);
    let mut command = as_service(world, "twclone-admin");
    command.args(["--json", "doctor"]);
    let doctor = Output::of(command, "");
    assert_eq!(doctor.code, Some(0), "{doctor:?}");
    assert_eq!(doctor.json()["healthy"], json!(true), "{doctor:?}");
}

#[test]
fn what_root_makes_in_the_folder_of_a_service_belongs_to_the_service() {
    let Some(world) = world() else { return };
    let seed = twclone_testkit::repository().join("test-load.json");
    assert_eq!(admin(&world, &["init", "--seed", seed.to_str().unwrap()]).code, Some(0));
    works(&world);
    for arguments in [&["keys", "rotate"][..], &["doctor", "--repair"], &["users", "disable", "kobe"], &["status"]] {
        assert_eq!(admin(&world, arguments).code, Some(0), "{arguments:?}");
        works(&world);
    }
    // The server creates a new key if the key and its folder were lost.
    fs::remove_dir_all(world.data().join("keys")).unwrap();
    world.serve().stop();
    works(&world);
}

#[test]
fn a_server_of_the_service_goes_on_while_root_rotates_keys_and_writes() {
    let Some(world) = world() else { return };
    assert_eq!(admin(&world, &["init", "--no-seed"]).code, Some(0));
    let mut command = as_service(&world, "twclone-server");
    command.args(["--port", "0"]);
    let server = world.serve_by(command);
    let added = world.admin_with_input(&["users", "add", "ann", "--email", "ann@example.com"], "three plain words\n");
    assert_eq!(added.code, Some(0), "{added:?}");
    for _ in 0..3 {
        assert_eq!(admin(&world, &["keys", "rotate"]).code, Some(0));
        server.post("/login", &json!({"username": "ann", "password": "three plain words"})).send().expect(200);
        assert_eq!(foreign(&world.data()), [""; 0]);
    }
    assert_eq!(server.stop(), Some(0));
    works(&world);
}

/// The first process to open a database creates its write-ahead log and the index of the log.
#[test]
fn a_server_that_root_starts_leaves_the_files_to_the_service() {
    let Some(world) = world() else { return };
    for service in [&["all"][..], &["auth"]] {
        let server = world.serve_with(service);
        assert_eq!(foreign(&world.data()), [""; 0]);
        assert!(world.data().join("items.db-wal").exists() && world.data().join("identity.db-shm").exists());
        server.kill();
    }
    assert_eq!(foreign(&world.data()), [""; 0]);
    let mut command = as_service(&world, "twclone-server");
    command.args(["--port", "0"]);
    assert_eq!(world.serve_by(command).stop(), Some(0));
}

#[test]
fn a_new_folder_belongs_to_the_owner_of_the_one_around_it() {
    let Some(world) = world() else { return };
    let inner = world.data().join("a/b");
    let output = admin(&world, &["--data-dir", inner.to_str().unwrap(), "init", "--no-seed"]);
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_eq!(foreign(&world.data()), [""; 0]);
    let backups = world.data().join("x/backups");
    let output = admin(&world, &["--data-dir", inner.to_str().unwrap(), "backup", backups.to_str().unwrap()]);
    assert_eq!(output.code, Some(0), "{output:?}");
    let backup = fs::read_dir(&backups).unwrap().next().unwrap().unwrap().path();
    let restored = world.data().join("y/z");
    let output = admin(&world, &["--data-dir", restored.to_str().unwrap(), "restore", backup.to_str().unwrap()]);
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_eq!(foreign(&world.data()), [""; 0]);
}

#[test]
fn files_of_another_user_are_reported_and_given_back() {
    let Some(world) = world() else { return };
    assert_eq!(admin(&world, &["init", "--no-seed"]).code, Some(0));
    let lost = [world.data().join("items.db"), world.data().join("keys")];
    for path in &lost {
        chown(path, Some(0), Some(0)).unwrap();
    }
    let mut command = as_service(&world, "twclone-admin");
    command.arg("status");
    let refused = Output::of(command, "");
    assert_eq!(refused.code, Some(5), "{refused:?}");
    let wanted = format!("sudo chown {SERVICE}:{SERVICE} {}", lost[0].display());
    assert!(refused.stderr.contains("cannot look at") || refused.stderr.contains(&wanted), "{refused:?}");
    let found = admin(&world, &["doctor"]);
    assert!(found.stdout.contains(&wanted), "{found:?}");
    assert_eq!(admin(&world, &["doctor", "--repair"]).code, Some(0));
    works(&world);
}
