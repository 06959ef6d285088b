//! The keys that sign access tokens.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use twclone_testkit::{World, json};

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
                    // What one process gave, the other one believes at once.
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
    // Of the retired keys nothing is left that could sign.
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
