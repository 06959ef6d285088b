use std::time::Duration;

use twclone_testkit::{Answer, Server, World, json};

#[test]
fn of_two_who_answer_the_same_question_one_wins() {
    let world = World::new();
    let server = world.serve_seeded();
    for _ in 0..10 {
        let body = json!({"to": "mj", "from": "kobe", "msg": "Well?", "quick-replies": ["Yes", "No"]});
        let question = server.post("/sendmsg", &body).mj().send().expect(201);
        let choose = |index: usize| {
            let body = json!({"to": "kobe", "quick-reply": index, "reply-to-id": question["id"]});
            server.post("/replyto", &body).mj().send()
        };
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let threads: Vec<_> = [0, 1, 0, 1].map(|index| scope.spawn(move || choose(index))).into_iter().collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
        let winner = answers.iter().find(|answer| answer.status == 201).unwrap().json();
        for loser in answers.iter().filter(|answer| answer.status == 409) {
            assert_eq!(loser.problem(409)["answer"], winner);
        }
        let thread = server.get(&format!("/listreplies/{}", question["id"].as_str().unwrap())).mj().send().expect(200);
        assert_eq!(thread["replies"], json!([winner]));
    }
}

#[test]
fn a_name_is_given_once() {
    let world = World::new();
    let server = world.serve_seeded();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let sign_up = |name: &'static str| {
            let body = json!({"username": name, "email": "dennis@example.com", "password": "worm of 1991"});
            server.post("/register", &body).send().status
        };
        let names = ["dennis", "DENNIS", "Dennis", "dEnnis", "denniS", "DenniS", "deNNis", "dennIs"];
        let threads: Vec<_> = names.map(|name| scope.spawn(move || sign_up(name))).into_iter().collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 7, "{statuses:?}");
}

#[test]
fn marks_and_answers_at_once_leave_no_copy_behind() {
    let world = World::new();
    let server = world.serve_seeded();
    for _ in 0..10 {
        let body = json!({"to": "mj", "from": "kobe", "msg": "Well?", "quick-replies": ["Yes", "No"]});
        let question = server.post("/sendmsg", &body).mj().send().expect(201);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let body = json!({"to": "kobe", "quick-reply": 0, "reply-to-id": question["id"]});
                server.post("/replyto", &body).mj().send().expect(201)
            });
            scope.spawn(|| server.post("/listmsg/mj/read", &json!({"up-to": question["id"]})).mj().send().expect(200));
        });
        let list = |path: &str| server.get(path).mj().send().expect(200)["messages"].clone();
        assert_eq!(list("/listmsg/mj?unread=true"), json!([]));
        let received = list("/listmsg/mj?limit=1")[0].clone();
        assert!(received["read-at"].is_string() && received["answered-by"].is_string(), "{received}");
        assert_eq!(list("/listmsg/kobe?box=sent&limit=1")[0], received);
        assert_eq!(list("/listmsg/mj?with=kobe&limit=1")[0], received);
    }
}

/// Waits until the password that was sent is being hashed, which takes much longer than this.
fn wait_for_bcrypt() {
    std::thread::sleep(Duration::from_millis(100));
}

#[test]
fn a_change_that_waits_for_bcrypt_does_not_outlive_a_deletion_or_another_password() {
    let world = World::new();
    let server = world.serve_with(&["--bcrypt-cost", "13"]);
    let body = json!({"username": "ann", "email": "ann@example.com", "password": "three plain words"});
    server.post("/register", &body).send().expect(201);
    let ann = |method: &str| server.call(method, "/user/").basic("ann", "three plain words");
    // Verified once, so that the requests below wait only for the new hash.
    server.get("/auth/sessions").basic("ann", "three plain words").send().expect(200);
    let change = r#"{"bio": "still here", "password": "another plain phrase"}"#;
    std::thread::scope(|scope| {
        let changing = scope.spawn(|| ann("PATCH").body("application/json", change).send());
        wait_for_bcrypt();
        assert_eq!(ann("DELETE").send().status, 204);
        changing.join().unwrap().problem(401);
    });
    let shown = world.admin(&["users", "show", "ann"]);
    assert!(!shown.stdout.contains("still here"), "{shown:?}");
}

/// Signs up Ann, on a server with slow bcrypt, and returns a session of hers that a thief has.
fn robbed(server: &Server) -> String {
    let body = json!({"username": "ann", "email": "ann@example.com", "password": OWN});
    server.post("/register", &body).send().expect(201);
    let session = server.post("/login", &json!({"username": "ann", "password": OWN})).send().expect(200);
    session["access_token"].as_str().unwrap().to_owned()
}

const OWN: &str = "three plain words";
const NEW: &str = "owner plain phrase";
const STOLEN: &str = "thief plain phrase";

#[test]
fn a_stolen_session_loses_against_the_owners_change_of_the_password() {
    let world = World::new();
    let server = world.serve_with(&["--bcrypt-cost", "13"]);
    let session = robbed(&server);
    let log_in =
        |password: &str| server.post("/login", &json!({"username": "ann", "password": password})).send().status;
    // Also if the thief knows the old password.
    for thief in [json!({"password": STOLEN, "current_password": OWN}), json!({"password": STOLEN, "bio": "mine"})] {
        std::thread::scope(|scope| {
            let change = json!({"password": NEW, "current_password": OWN}).to_string();
            let own = server.call("PATCH", "/user/").basic("ann", OWN).body("application/json", change);
            let own = scope.spawn(move || own.send());
            wait_for_bcrypt();
            std::thread::sleep(Duration::from_millis(60));
            let stolen = server.call("PATCH", "/user/").bearer(&session).body("application/json", thief.to_string());
            let stolen = stolen.send();
            assert!([401, 403].contains(&stolen.status), "{stolen:?}");
            let own = own.join().unwrap();
            // In the second round, the old password is no longer the owner's.
            assert!([200, 401].contains(&own.status), "{own:?}");
        });
        assert_eq!((log_in(NEW), log_in(STOLEN), log_in(OWN)), (200, 401, 401));
    }
    let shown = world.admin(&["users", "show", "ann"]);
    assert!(!shown.stdout.contains("mine"), "{shown:?}");
}

#[test]
fn app_passwords_made_in_a_loop_do_not_survive_the_owners_change_of_the_password() {
    let world = World::new();
    let server = world.serve_with(&["--bcrypt-cost", "11", "--login-failures-per-account", "off"]);
    let session = robbed(&server);
    let changed = std::sync::atomic::AtomicBool::new(false);
    let made: Vec<String> = std::thread::scope(|scope| {
        let make = || {
            let mut made = Vec::new();
            // The loops end with the change. The bound is for a test that fails.
            for number in 0..2_000 {
                let body = json!({"name": format!("bot {number}")});
                let answer = server.post("/auth/app-passwords", &body).bearer(&session).send();
                match answer.status {
                    201 => made.push(answer.json()["password"].as_str().unwrap().to_owned()),
                    401 if changed.load(std::sync::atomic::Ordering::SeqCst) => break,
                    401 | 403 | 409 | 429 => {}
                    _ => panic!("{answer:?}"),
                }
            }
            made
        };
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(make)).collect();
        std::thread::sleep(Duration::from_millis(50));
        let change = json!({"password": NEW, "current_password": OWN}).to_string();
        server.call("PATCH", "/user/").basic("ann", OWN).body("application/json", change).send().expect(200);
        changed.store(true, std::sync::atomic::Ordering::SeqCst);
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let listed = server.get("/auth/app-passwords").basic("ann", NEW).send().expect(200);
    assert_eq!(listed["app-passwords"], json!([]), "{listed}");
    let samples = [made.first(), made.last()].into_iter().flatten();
    for password in samples {
        server.get("/listmsg/ann").basic("ann", password).send().problem(401);
    }
}
