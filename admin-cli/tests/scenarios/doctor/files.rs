//! Files that other users can open.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{clean, diagnose, repaired};
use crate::kit::{admin, made_empty};
use twclone_testkit::World;

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn what_others_can_open_is_found_and_closed() {
    let world = made_empty(World::embedded());
    let keys = world.data().join("keys");
    let key = fs::read_dir(&keys).unwrap().next().unwrap().unwrap().path();
    let loosened = [
        (world.data(), 0o755, 0o700),
        (world.data().join("identity.db"), 0o644, 0o600),
        (world.data().join("items.db"), 0o660, 0o600),
        (keys, 0o711, 0o700),
        (key, 0o604, 0o600),
    ];
    for (path, loose, _) in &loosened {
        fs::set_permissions(path, Permissions::from_mode(*loose)).unwrap();
    }
    let refused = admin(&world, &["status"]);
    assert!(refused.code == Some(5) && refused.stderr.contains("doctor --repair"), "{refused:?}");
    let found = diagnose(&world, 2);
    assert_eq!(found.len(), loosened.len(), "{found:?}");
    for (fault, (path, loose, proper)) in found.iter().zip(&loosened) {
        let path = path.display();
        assert_eq!(*fault, format!("others can open {path} (mode {loose:04o}); run `chmod {proper:o} {path}`"));
    }
    assert_eq!(repaired(&world, 2).len(), loosened.len());
    for (path, _, proper) in &loosened {
        assert_eq!(mode(path), *proper, "{path:?}");
    }
    clean(&world);
    assert_eq!(admin(&world, &["status"]).code, Some(0));
}
