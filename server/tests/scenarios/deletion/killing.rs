use std::time::{Duration, Instant};

use twclone_domain::Randomness;
use twclone_testkit::{DeletionFixture, World};

use super::seeded;

const MESSAGES: u64 = 480;

/// Waits until fewer items are left than before, and for a random moment more.
fn wait_for_less(world: &World, before: usize) {
    let begin = Instant::now();
    while DeletionFixture::left(world) >= before {
        assert!(begin.elapsed() < Duration::from_mins(1), "nothing was removed in a minute");
        std::thread::sleep(Duration::from_millis(5));
    }
    let [moment] = Randomness::system().bytes().unwrap();
    std::thread::sleep(Duration::from_millis(u64::from(moment) / 4));
}

#[test]
fn a_job_that_is_killed_is_gone_on_with() {
    let world = World::new();
    let fixture = DeletionFixture::new(MESSAGES);
    let mut server = seeded(&world, &fixture);
    let all = DeletionFixture::left(&world);
    DeletionFixture::delete(&server);
    let (mut before, mut in_the_middle) = (all, 0);
    for _ in 0..3 {
        wait_for_less(&world, before);
        server.kill();
        before = DeletionFixture::left(&world);
        in_the_middle += u32::from(before > 0 && before < all);
        server = world.serve();
        if before == 0 {
            break;
        }
    }
    assert!(in_the_middle > 0, "the job was never killed in the middle");
    let deletion = DeletionFixture::finished(&world);
    // A page may have been removed but not counted yet.
    let removed = deletion["removed"].as_u64().unwrap();
    assert!(removed <= MESSAGES && removed + 4 * 25 >= MESSAGES, "{deletion}");
    fixture.assert_gone(&world, &server);
}
