//! Everything acknowledged is on disk, whatever happens afterwards.

mod dice;
mod disk_faults;
mod full_disk;
mod kill;
mod killed_counts;
mod lost_files;
mod projection;
mod trace;
mod truncated_log;
mod witness;

use std::process::Command;
use std::time::Duration;

use twclone_testkit::World;

use self::witness::Witness;

#[test]
fn two_servers_share_one_data_folder() {
    let world = World::new();
    let (one, other) = (world.serve_seeded(), world.serve());
    let witness = Witness::default();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let (server, witness) = (if writer % 2 == 0 { &one } else { &other }, &witness);
            scope.spawn(move || {
                for count in 0..15 {
                    assert!(witness.send(server, &format!("{writer}-{count}")).is_some());
                }
            });
        }
    });
    assert_eq!(witness.acknowledged(), 8 * 15, "an id was given twice");
    witness.check(&one);
    witness.check(&other);
}

#[test]
fn a_server_told_to_stop_ends_what_it_has_begun() {
    let world = World::new();
    let mut server = world.serve_seeded();
    let witness = Witness::default();
    let process = server.process().to_string();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let (server, witness) = (&server, &witness);
            scope.spawn(move || witness.write(server, &writer.to_string()));
        }
        std::thread::park_timeout(Duration::from_millis(100));
        assert!(Command::new("kill").arg(&process).status().unwrap().success());
    });
    // A second signal would end the server at once.
    assert_eq!(server.ended(), Some(0));
    witness.check(&world.serve());
}
