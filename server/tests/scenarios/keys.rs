//! The keys that sign access tokens.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use twclone_testkit::{Server, World, json};

#[test]
fn keys_rotate_under_load_without_one_wrongful_401() {
    let world = World::new();
    let servers = [world.serve_seeded(), world.serve()];
    let (over, read) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for place in 0..4_usize {
            let (servers, over, read) = (&servers, &over, &read);
            scope.spawn(move || {
                let mut tokens =
                    servers[0].post("/login", &json!({"username": "mj", "password": "bulls"})).send().expect(200);
                let mut turn = place;
                while !over.load(Ordering::Relaxed) {
                    turn += 1;
                    let (one, other) = (&servers[turn % 2], &servers[(turn + 1) % 2]);
                    // Each process accepts the other's tokens at once.
                    let body = json!({"refresh_token": tokens["refresh_token"]});
                    tokens = one.post("/auth/refresh-token", &body).send().expect(200);
                    for server in [other, one] {
                        server.get("/listmsg/mj").bearer(tokens["access_token"].as_str().unwrap()).send().expect(200);
                        read.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        let mut ids = BTreeSet::new();
        for _ in 0..5 {
            let output = world.admin(&["keys", "rotate", "--json"]);
            assert_eq!(output.code, Some(0), "{output:?}");
            let keys = output.json()["keys"].as_array().unwrap().clone();
            assert_eq!(keys.iter().filter(|key| key["signs"] == true).count(), 1);
            assert_eq!(keys[0]["signs"], true);
            ids.insert(keys[0]["id"].as_str().unwrap().to_owned());
            let published = servers[1].get("/.well-known/jwks.json").send().expect(200);
            assert_eq!(published["keys"].as_array().unwrap().len(), keys.len());
        }
        assert_eq!(ids.len(), 5);
        over.store(true, Ordering::Relaxed);
    });
    assert!(read.load(Ordering::Relaxed) > 20);
    // The private keys of retired keys are removed.
    let private = std::fs::read_dir(world.data().join("keys")).unwrap().count();
    assert_eq!(private, 1);
}

#[test]
fn public_keys_are_published_without_their_private_halves() {
    let world = World::new();
    let server = world.serve_seeded();
    let answer = server.get("/.well-known/jwks.json").send();
    let keys = answer.expect(200);
    let key = keys["keys"][0].as_object().unwrap();
    let names: BTreeSet<_> = key.keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["alg", "crv", "kid", "kty", "use", "x"]));
    assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
    assert!(answer.header("etag").is_some());
}

/// Returns the private keys in the data folder.
fn private_keys(world: &World) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(world.data().join("keys")).unwrap();
    let files = folder.map(|file| file.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|kind| kind == "pk8")).collect()
}

#[test]
fn a_lost_private_key_is_reported_and_replaced() {
    let log_in = |server: &Server| {
        server.post("/login", &json!({"username": "mj", "password": "bulls"})).send().expect(200)["access_token"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let lose: [fn(&World); 3] = [
        |world| std::fs::remove_file(&private_keys(world)[0]).unwrap(),
        |world| std::fs::remove_dir_all(world.data().join("keys")).unwrap(),
        |world| std::fs::write(&private_keys(world)[0], "damaged").unwrap(),
    ];
    for lose in lose {
        let world = World::new();
        let server = world.serve_seeded();
        let before = log_in(&server);
        assert_eq!(server.stop(), Some(0));
        let key = private_keys(&world).remove(0);
        lose(&world);

        let found = world.admin(&["doctor"]);
        let told = format!("the private signing key {} is missing or damaged", key.display());
        assert!(found.code == Some(1) && found.stdout.contains(&told), "{found:?}");
        assert!(found.stdout.contains("twclone-admin keys rotate"), "{found:?}");

        let server = world.serve();
        assert!(server.log().contains(&told), "{}", server.log());
        // Tokens of the lost key are verified with its public key.
        for token in [before, log_in(&server)] {
            server.get("/listmsg/mj").bearer(&token).send().expect(200);
        }
        assert_eq!(world.admin(&["doctor"]).code, Some(0));
        let audit = world.admin(&["audit"]);
        assert!(audit.stdout.contains("key-rotated"), "{audit:?}");
    }
}

#[test]
fn keys_can_be_rotated_where_the_private_one_is_lost() {
    let world = World::new();
    assert_eq!(world.serve_seeded().stop(), Some(0));
    std::fs::remove_dir_all(world.data().join("keys")).unwrap();
    let rotated = world.admin(&["keys", "rotate"]);
    assert_eq!(rotated.code, Some(0), "{rotated:?}");
    assert_eq!(private_keys(&world).len(), 1);
    assert_eq!(world.admin(&["doctor"]).code, Some(0));
    let server = world.serve();
    server.post("/login", &json!({"username": "mj", "password": "bulls"})).send().expect(200);
    assert!(!server.log().contains("signing key"), "{}", server.log());
}
