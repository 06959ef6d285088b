use twclone_testkit::{Answer, World, json};

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
