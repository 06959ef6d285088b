use twclone_testkit::{World, json, repository};

use crate::kit::{admin, answer, blamed, counts, failure, project_seed};

#[test]
fn init_makes_everything_and_says_so() {
    let world = World::new();
    let output = admin(&world, &["init", "--no-seed"]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{output:?}");
    assert!(output.stdout.contains(world.data().to_str().unwrap()), "{output:?}");
    for made in ["identity.db", "messages", "posts", "graph", "timelines", "shop", "platform"] {
        let line = output.stdout.lines().find(|line| line.contains(made) && !line.contains("data folder"));
        assert!(line.is_some_and(|line| line.ends_with("  created")), "{made}: {output:?}");
    }
    assert!(world.data().join("identity.db").is_file());
    assert!(world.data().join("keys").read_dir().unwrap().next().is_some(), "there is no signing key");
}

#[test]
fn a_second_init_changes_nothing() {
    let world = World::new();
    world.file("test-load.json", &project_seed().to_string());
    let first = answer(&world, &["init"]);
    let second = answer(&world, &["init"]);
    assert_eq!((&first["identity"], &second["identity"]), (&json!("created"), &json!("unchanged")));
    for (place, table) in first["tables"].as_array().unwrap().iter().enumerate() {
        assert_eq!(table["outcome"], "created");
        assert_eq!(second["tables"][place], json!({"name": table["name"], "outcome": "unchanged"}));
    }
    let fate = |unchanged: u64| json!({"created": 0, "unchanged": unchanged, "refused": 0});
    assert_eq!(second["files"][0]["accounts"], fate(7));
    assert_eq!(second["files"][0]["delegates"], fate(3));
    assert_eq!(second["files"][0]["messages"], fate(10));
    let output = admin(&world, &["init"]);
    assert_eq!(output.code, Some(0));
    assert!(output.stdout.contains("unchanged") && !output.stdout.contains("  created\n  table"), "{output:?}");
}

#[test]
fn init_loads_the_usual_file_of_the_current_folder() {
    let world = World::new();
    world.file("test-load.json", &project_seed().to_string());
    let output = admin(&world, &["init"]);
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(output.stdout.contains("test-load.json"), "{output:?}");
    assert_eq!(counts(&world).0, 7);
    assert_eq!(world.serve().get("/listmsg/mj").mj().send().status, 200);
}

#[test]
fn init_without_a_file_or_with_no_seed_loads_nothing() {
    let world = World::new();
    assert_eq!(answer(&world, &["init"])["files"], json!([]));
    world.file("test-load.json", &project_seed().to_string());
    assert_eq!(answer(&world, &["init", "--no-seed"])["files"], json!([]));
    assert_eq!(counts(&world), (0, 0));
}

#[test]
fn init_loads_the_file_that_is_named_and_not_the_usual_one() {
    let world = World::new();
    world.file("test-load.json", "this is not even JSON");
    let file = repository().join("test-load.json");
    let made = answer(&world, &["init", "--seed", file.to_str().unwrap()]);
    assert_eq!(made["files"][0]["file"], file.to_str().unwrap());
    assert_eq!(counts(&world).0, 7);
}

#[test]
fn a_named_file_that_is_missing_is_a_fault() {
    let world = World::new();
    let failure = failure(&world, &["init", "--seed", "missing.json"], 3);
    assert_eq!(blamed(&failure), ["file"]);
    assert!(failure.to_string().contains("missing.json"), "{failure}");
    assert_eq!(counts(&world), (0, 0));
}

#[test]
fn seed_and_no_seed_cannot_go_together() {
    let world = World::new();
    let output = admin(&world, &["init", "--no-seed", "--seed", "test-load.json"]);
    assert_eq!(output.code, Some(2));
    assert!(!world.data().exists());
}

#[test]
fn the_answer_of_init_has_one_shape() {
    let world = World::new();
    world.file("test-load.json", &project_seed().to_string());
    let mut made = answer(&world, &["init"]);
    let names: Vec<_> = made["tables"].as_array().unwrap().iter().map(|table| table["name"].clone()).collect();
    for (name, ending) in names.iter().zip(["-messages", "-posts", "-graph", "-timelines", "-shop", "-platform"]) {
        assert!(name.as_str().unwrap().ends_with(ending), "{names:?}");
    }
    assert_eq!(names.len(), 6);
    let engine = made["engine"].take();
    assert!(engine == "embedded" || engine.as_str().unwrap().starts_with("http"), "{engine}");
    let fate = |created: u64| json!({"created": created, "unchanged": 0, "refused": 0});
    let file = json!({
        "file": "test-load.json", "accounts": fate(7), "delegates": fate(3), "messages": fate(10),
        "follows": fate(11), "posts": fate(13), "likes": fate(7), "products": fate(5), "refusals": [],
    });
    let wanted = json!({
        "data-folder": world.data(), "engine": null, "identity": "created",
        "tables": names.iter().map(|name| json!({"name": name, "outcome": "created"})).collect::<Vec<_>>(),
        "files": [file],
    });
    assert_eq!(made, wanted);
}
