//! Reserved names, and names that only one of many registrations gets.

use std::collections::BTreeSet;

use twclone_testkit::{Client, Value, World, json};

use crate::people;

/// Splits a path into its segments.
fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !part.is_empty()).collect()
}

fn may_be_the_same(one: &str, other: &str) -> bool {
    one == other || one.starts_with('<') || other.starts_with('<')
}

/// Returns the literal segments of paths where the path of another route has a user.
fn words_in_the_place_of_users(table: &[(String, String)]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for (_, path) in table {
        for (_, other) in table {
            let (path, other) = (parts(path), parts(other));
            for (place, part) in other.iter().enumerate() {
                let reachable = path.len() == other.len()
                    && *part == "<user>"
                    && (0..place).all(|before| may_be_the_same(path[before], other[before]));
                if reachable && !path[place].starts_with('<') {
                    words.insert(path[place].to_owned());
                }
            }
        }
    }
    words
}

#[test]
fn no_user_can_be_called_like_a_path() {
    let world = World::new();
    let server = people::serve(&world);
    let mut words = words_in_the_place_of_users(&twclone_server::app::table());
    assert!(words.contains("verify") && words.contains("SignIn"), "{words:?}");
    // The words that the contract reserves, whether a route uses them yet or not.
    words.extend(["new", "home", "verify", "SignIn", "SignUp", "all"].map(str::to_owned));
    for word in words {
        for name in [word.clone(), word.to_ascii_lowercase(), word.to_ascii_uppercase(), capitalised(&word)] {
            let body = json!({"username": name, "email": "word@example.com", "password": people::PASSWORD});
            let answer = server.post("/register", &body).send();
            assert_eq!(answer.status, 422, "{name} can be registered, and stands in a path");
            assert_eq!(answer.blamed(), ["username"], "{name}");
        }
    }
    assert_eq!(server.get("/users/all").send().expect(200)["users"], json!([]));
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
}

/// Returns the same name with different capitals for each number.
fn written(number: usize) -> String {
    let letters = "worm_of_1991_dennis".chars().enumerate();
    letters
        .map(|(place, letter)| if number >> (place % 8) & 1 == 1 { letter.to_ascii_uppercase() } else { letter })
        .collect()
}

#[test]
fn of_two_hundred_who_want_one_name_one_gets_it() {
    let world = World::new();
    let servers = [people::serve(&world), people::serve(&world)];
    let paths = ["/register", "/users/new", "/auth-api/v1/register", "/auth/signup", "/users/SignUp"];
    let sign_up = |number: usize| {
        let (name, password) = (written(number), format!("password number {number}"));
        let body = json!({"username": name, "email": "worm@example.com", "password": password});
        let server: &Client = &servers[number % 2];
        (name, password, server.post(paths[number % 5], &body).send())
    };
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..200).map(|number| scope.spawn(move || sign_up(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(_, _, answer)| answer.status == 201);
    assert_eq!(won.len(), 1, "{won:?}");
    for (_, _, answer) in &lost {
        assert!([409, 429, 503].contains(&answer.status), "{answer:?}");
        answer.problem(answer.status);
    }
    let (name, password, _) = &won[0];
    for server in &servers {
        let users = server.get("/users/all").send().expect(200);
        let names: Vec<_> = users["users"].as_array().unwrap().iter().map(|user| &user["username"]).collect();
        assert_eq!(names, [&Value::from(name.as_str())]);
        people::log_in(server, &name.to_ascii_uppercase(), password);
        for (name, password, _) in lost.iter().take(10) {
            server.call("POST", "/login").basic(name, password).send().problem(401);
        }
    }
}
