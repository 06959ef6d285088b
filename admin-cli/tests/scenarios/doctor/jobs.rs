//! Jobs of the timelines that failed too often or cannot be read.

use std::time::{Duration, Instant};

use item_store::api::{Attributes, Effect, Key, Value};
use twclone_schema::{PLATFORM, TIMELINES};
use twclone_testkit::{Server, World, json};

use super::store::{act, apply, contents, key};
use super::{clean, diagnose, repaired};
use crate::kit::{admin, answer, seeded};

/// Moves the jobs that bring what mj posted to others to the parked jobs. Returns their number.
fn park(world: &World) -> usize {
    let jobs = contents(world, PLATFORM)
        .into_iter()
        .filter(|(key, job)| key.partition.starts_with("jobs#") && job.get("by") == Some(&Value::text("mj")));
    let moves: Vec<_> = jobs
        .flat_map(|(job, mut attributes)| {
            let parked = Key::new(&job.partition.replace("jobs", "parked"), &job.sort);
            attributes.insert("attempts".into(), Value::Number(8));
            attributes.insert("why".into(), Value::text("the disk was full"));
            [act(PLATFORM, job, Effect::Delete), act(PLATFORM, parked, Effect::Put(attributes))]
        })
        .collect();
    let count = moves.len() / 2;
    apply(world, moves);
    count
}

/// Waits until no job waits.
fn finish(world: &World) {
    let begun = Instant::now();
    while answer(world, &["timelines", "lag"])["waiting"] != 0 {
        assert!(begun.elapsed() < Duration::from_secs(30), "jobs still wait");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Waits until the metrics count this many unreadable jobs.
fn count_unreadable(server: &Server, number: u32) {
    let (begun, wanted) = (Instant::now(), format!("twclone_job_failures_total{{outcome=\"unreadable\"}} {number}\n"));
    while !server.get("/metrics").send().text.contains(&wanted) {
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", server.get("/metrics").send().text);
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn parked_jobs_are_listed_and_done_after_a_repair() {
    let world = seeded();
    assert_eq!(answer(&world, &["timelines", "lag", "--failed"]), json!({"failed": [], "unreadable": []}));
    let count = park(&world);
    let listed = answer(&world, &["timelines", "lag", "--failed"]);
    let jobs = listed["failed"].as_array().unwrap();
    assert!(jobs.len() == count && jobs.iter().any(|job| job["kind"] == "welcome"), "{listed}");
    for job in jobs {
        assert_eq!((&job["attempts"], &job["not-before"]), (&json!(8), &json!(null)), "{listed}");
        assert_eq!(job["why"], "the disk was full");
    }
    let told = admin(&world, &["timelines", "lag", "--failed"]).stdout;
    assert!(told.contains("(welcome): failed 8 times, parked: the disk was full"), "{told}");
    let found = diagnose(&world, 1);
    let fault = format!("timeline jobs parked after too many failures: {count};");
    assert!(found.len() == 1 && found[0].starts_with(&fault), "{found:?}");

    // A server does the other jobs, but not these.
    let _server = world.serve();
    finish(&world);
    assert_eq!(answer(&world, &["timelines", "lag", "--failed"]), listed);
    // While the jobs are not done, readers pull what mj posted. So steve sees the post, but its entry is missing.
    let has_entry = || contents(&world, TIMELINES).contains_key(&key("h#steve", "0000000000000005"));
    assert!(!has_entry());
    assert_eq!(repaired(&world, 1), [format!("parked timeline jobs that will be retried: {count}")]);
    finish(&world);
    assert!(has_entry());
    assert_eq!(answer(&world, &["timelines", "lag", "--failed"])["failed"], json!([]));
}

#[test]
fn jobs_that_cannot_be_read_are_counted_and_listed() {
    let world = seeded();
    let (bad, kind) =
        (key("jobs#003", "0000000000000001"), Attributes::from_iter([("kind".into(), Value::text("dance"))]));
    apply(&world, vec![act(PLATFORM, bad.clone(), Effect::Put(kind))]);
    let listed = answer(&world, &["timelines", "lag", "--failed"]);
    let line = listed["unreadable"][0].as_str().unwrap();
    assert!(line.starts_with("jobs#003/0000000000000001: ") && line.contains("dance"), "{listed}");
    let found = diagnose(&world, 1);
    assert!(found.len() == 1 && found[0].starts_with("timeline jobs that cannot be read: 1;"), "{found:?}");
    let server = world.serve();
    count_unreadable(&server, 1);
    assert_eq!(server.stop(), Some(0));
    apply(&world, vec![act(PLATFORM, bad, Effect::Delete)]);
    clean(&world);
}
