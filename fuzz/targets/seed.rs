//! Fuzzes seed files: a file is accepted, or refused with its faults.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use twclone_domain::{Error, fuzzing};
use twclone_fuzz::World;

static WORLD: LazyLock<World> = LazyLock::new(World::new);

fuzz_target!(|data: &[u8]| {
    let Some((kind, text)) = data.split_first() else { return };
    let name = if kind % 2 == 0 { "seed.json" } else { "seed.jsonl" };
    let file = WORLD.folder.path().join(name);
    std::fs::write(&file, text).unwrap();
    match WORLD.run(fuzzing::check_seed(&WORLD.installation, &file)) {
        Ok(()) => {}
        Err(Error::Invalid(faults)) => assert!(!faults.is_empty()),
        Err(error) => panic!("{error:?}"),
    }
});
