use std::time::{Duration, Instant};

use twclone_testkit::{World, json};

use crate::kit::{admin, answer, empty, failure, items, seeded};

/// Number of jobs after loading the seed data: 11 follows, and 9 posts and reposts to push.
const JOBS: u64 = 20;

#[test]
fn lag_tells_what_waits_and_since_when() {
    let world = empty();
    assert_eq!(answer(&world, &["timelines", "lag"]), json!({"waiting": 0, "oldest": null, "age-ms": null}));
    assert_eq!(admin(&world, &["timelines", "lag"]).stdout, "no job waits\n");

    let world = seeded();
    let lag = answer(&world, &["timelines", "lag"]);
    assert_eq!(lag["waiting"], JOBS, "{lag}");
    // The age must not come from the small ids of the seed data, which contain no time.
    assert!(lag["age-ms"].as_u64().unwrap() < 600_000 && lag["oldest"].is_string(), "{lag}");
    let output = admin(&world, &["timelines", "lag"]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{output:?}");
    assert!(output.stdout.starts_with("20 jobs wait, the oldest for ") && output.stdout.contains(", since 20"));
}

#[test]
fn a_server_does_what_waits() {
    let world = seeded();
    let _server = world.serve();
    let begin = Instant::now();
    loop {
        let lag = answer(&world, &["timelines", "lag"]);
        if lag["waiting"] == 0 {
            break;
        }
        assert!(begin.elapsed() < Duration::from_mins(1), "{lag}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
    let before = items(&world, "timelines");
    let rebuilt = answer(&world, &["timelines", "rebuild"]);
    assert_eq!((&rebuilt["timelines"], &rebuilt["removed"]), (&json!(7), &json!(0)), "{rebuilt}");
    assert_eq!(items(&world, "timelines"), before, "something was missing");
}

#[test]
fn a_rebuild_brings_what_is_missing() {
    let world = seeded();
    let before = items(&world, "timelines");
    // The home timeline of kobe has the posts of kobe, jordan and mj.
    let rebuilt = answer(&world, &["timelines", "rebuild", "kobe"]);
    assert_eq!(rebuilt, json!({"timelines": 1, "authors": 2, "entries": 3, "removed": 0}));
    assert_eq!(items(&world, "timelines"), before + 2);
    let rebuilt = answer(&world, &["timelines", "rebuild"]);
    assert_eq!(rebuilt, json!({"timelines": 7, "authors": 11, "entries": 24, "removed": 0}));
    let whole = items(&world, "timelines");
    let output = admin(&world, &["timelines", "rebuild"]);
    let told = "7 home timelines rebuilt: 24 entries of 11 followed authors; 0 removed\n";
    assert_eq!((output.code, output.stdout.as_str()), (Some(0), told), "{output:?}");
    assert_eq!(items(&world, "timelines"), whole);
}

#[test]
fn only_active_users_have_their_timelines_made() {
    let world = seeded();
    answer(&world, &["users", "disable", "steve"]);
    assert_eq!(answer(&world, &["timelines", "rebuild"])["timelines"], 6);
    for nobody in ["steve", "nobody", "99"] {
        failure(&world, &["timelines", "rebuild", nobody], 4);
    }
    failure(&world, &["timelines", "rebuild", "no name"], 3);
    assert_eq!(answer(&empty(), &["timelines", "rebuild"])["timelines"], 0);
}

#[test]
fn a_rebuild_runs_beside_a_server() {
    let world = World::new();
    let server = world.serve_seeded();
    assert_eq!(answer(&world, &["timelines", "rebuild"])["timelines"], 7);
    assert_eq!(answer(&world, &["doctor"])["healthy"], json!(true));
    assert_eq!(server.stop(), Some(0));
}
