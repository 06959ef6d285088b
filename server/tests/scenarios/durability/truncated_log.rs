use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use twclone_testkit::World;

use super::dice::Dice;
use super::witness::{Witness, whole};

const WRITERS: usize = 4;
/// The number of places at which the log is cut off.
const CUTS: u64 = 50;
/// The size of the log, in bytes, at which SQLite writes it back into the file.
const LOG_BYTES: u64 = 1_000 * (24 + 4_096);

/// A power failure can leave any prefix of a log that was not synced. A transaction must then be there completely or
/// not at all, and none without its predecessors.
#[test]
fn any_beginning_of_the_log_opens_to_a_beginning_of_what_was_written() {
    let mut dice = Dice::new();
    let world = World::embedded();
    assert_eq!(world.serve_seeded().stop(), Some(0));
    let items = fs::read(world.data().join("items.db")).unwrap();
    let server = world.serve();
    // Cuts start here: without the epoch that a start writes, the items would be refused as older ones.
    let first = fs::metadata(world.data().join("items.db-wal")).unwrap().len();
    let witness = Witness::default();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (server, witness) = (&server, &witness);
            scope.spawn(move || {
                for count in 0..12 {
                    witness.write_once(server, &writer.to_string(), count).unwrap();
                }
            });
        }
    });
    server.kill();
    let log = fs::read(world.data().join("items.db-wal")).unwrap();
    let length = log.len() as u64;
    assert!(
        length < LOG_BYTES && fs::read(world.data().join("items.db")).unwrap() == items,
        "the log was written back"
    );

    let mut cuts: Vec<_> = (2..CUTS).map(|_| first + dice.below(length - first)).chain([first, length]).collect();
    cuts.sort_unstable();
    let mut before = BTreeSet::new();
    let mut states = BTreeSet::new();
    for cut in cuts {
        let copy = World::embedded();
        copy_data(&world.data(), &copy.data());
        File::options().write(true).open(copy.data().join("items.db-wal")).unwrap().set_len(cut).unwrap();
        let server = copy.serve_with(&["--table-prefix", world.prefix()]);
        let kept = whole(&server);
        let ids: BTreeSet<_> = kept.keys().cloned().collect();
        assert!(ids.is_superset(&before), "cut at {cut}: less is there than with less of the log");
        let mut counts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for message in kept.values() {
            let Some((writer, count)) = message["msg"].as_str().unwrap().split_once('-') else { continue };
            if let Ok(count) = count.parse() {
                counts.entry(writer.to_owned()).or_default().push(count);
            }
        }
        for (writer, mut counts) in counts {
            counts.sort_unstable();
            assert!(counts.iter().copied().eq(0..counts.len()), "cut at {cut}: writer {writer} has {counts:?}");
        }
        if cut == length {
            witness.check(&server);
        }
        states.insert(ids.len());
        before = ids;
    }
    assert!(states.len() > 5, "only {states:?} were seen");
}

fn copy_data(from: &Path, to: &Path) {
    DirBuilder::new().recursive(true).mode(0o700).create(to.join("keys")).unwrap();
    for folder in ["", "keys"] {
        for entry in fs::read_dir(from.join(folder)).unwrap().map(Result::unwrap) {
            // The index of the log is rebuilt.
            if entry.path().is_file() && !entry.path().to_str().unwrap().ends_with("-shm") {
                fs::copy(entry.path(), to.join(folder).join(entry.file_name())).unwrap();
            }
        }
    }
}

/// After a failed sync the kernel can show a log that is not on the disk, and anything written behind it would be
/// lost with it. So a start leaves nothing in the log on which later writes depend.
#[test]
fn a_start_writes_the_log_back() {
    let world = World::embedded();
    let server = world.serve_seeded();
    let witness = Witness::default();
    for count in 0..12 {
        witness.write_once(&server, "before", count).unwrap();
    }
    server.kill();
    let server = world.serve();
    let copy = World::embedded();
    copy_data(&world.data(), &copy.data());
    server.kill();
    for log in ["items.db-wal", "identity.db-wal"] {
        File::options().write(true).open(copy.data().join(log)).unwrap().set_len(0).unwrap();
    }
    witness.check(&copy.serve_with(&["--table-prefix", world.prefix()]));
}
