//! Carts.

use twclone_schema::SHOP;
use twclone_testkit::{Answer, Call, Client, Value, World, json};

use crate::people::{self, PASSWORD, text, walk};

fn add(server: &Client, name: &str, product: u32, quantity: u32) -> Call {
    let body = json!({"product_id": product, "quantity": quantity});
    server.post(&format!("/addToCars/{name}"), &body).basic(name, PASSWORD)
}

fn put(server: &Client, name: &str, line: &str, body: &Value) -> Call {
    server.call("PUT", &format!("/addToCar/{line}")).body("application/json", body.to_string()).basic(name, PASSWORD)
}

fn cart(server: &Client, name: &str) -> Vec<Value> {
    let ask = |path: &str| server.get(path).basic(name, PASSWORD).send();
    walk(ask, &format!("/addToCars/{name}?limit=7"), "cart")
}

fn quantities(server: &Client, name: &str) -> u64 {
    cart(server, name).iter().map(|line| line["quantity"].as_u64().unwrap()).sum()
}

#[test]
fn a_cart_is_filled_changed_and_emptied() {
    let world = World::new();
    let server = people::serve(&world);
    people::stock(&world);
    let (owner, other) = (people::sign_up(&server, "owner"), people::sign_up(&server, "other"));
    let added = add(&server, &owner, 1, 2).send();
    let line = added.expect(201);
    let id = text(&line["id"]);
    assert_eq!(added.header("location").unwrap(), format!("/addToCar/{id}"));
    assert_eq!((&line["product_id"], &line["quantity"]), (&json!("1"), &json!(2)));
    // The same product again is a line of its own.
    let second = add(&server, &owner, 1, 1).send().expect(201);
    assert_eq!(cart(&server, &owner), [second.clone(), line.clone()]);
    let path = format!("/addToCar/{id}");
    let shown = server.get(&path).basic(&owner, PASSWORD).send();
    assert_eq!((shown.expect(200), shown.header("etag")), (line.clone(), added.header("etag")));
    let changed = put(&server, &owner, &id, &json!({"quantity": "5"})).send().expect(200);
    assert_eq!((&changed["quantity"], &changed["added_at"]), (&json!(5), &line["added_at"]));
    assert_eq!(server.get(&path).basic(&owner, PASSWORD).send().expect(200), changed);
    // The version that the first response named is outdated.
    put(&server, &owner, &id, &json!({"quantity": 6}))
        .header("If-Match", added.header("etag").unwrap())
        .send()
        .problem(412);
    put(&server, &owner, &id, &json!({"quantity": 0}))
        .header("If-Match", added.header("etag").unwrap())
        .send()
        .problem(412);
    server.get(&path).basic(&other, PASSWORD).send().problem(404);
    put(&server, &other, &id, &json!({"quantity": 1})).send().problem(404);
    assert_eq!(put(&server, &owner, &id, &json!({"quantity": 0})).send().status, 204);
    server.get(&path).basic(&owner, PASSWORD).send().problem(404);
    put(&server, &owner, &id, &json!({"quantity": 1})).send().problem(404);
    assert_eq!(cart(&server, &owner), [second]);
    assert_eq!(cart(&server, &other), Vec::<Value>::new());
}

#[test]
fn what_there_is_not_goes_into_no_cart() {
    let world = World::new();
    let server = people::serve(&world);
    people::stock(&world);
    let owner = people::sign_up(&server, "owner");
    for (product, quantity, field) in
        [(9, 1, "product_id"), (1, 0, "quantity"), (1, 1_001, "quantity"), (1, 10_001, "quantity")]
    {
        assert_eq!(add(&server, &owner, product, quantity).send().blamed(), [field]);
    }
    let incomplete = server.post(&format!("/addToCars/{owner}"), &json!({})).basic(&owner, PASSWORD).send();
    assert_eq!(incomplete.blamed(), ["product_id", "quantity"]);
    let id = text(&add(&server, &owner, 1, 1_000).send().expect(201)["id"]);
    let more = put(&server, &owner, &id, &json!({"quantity": 1_001})).send();
    assert_eq!(more.blamed(), ["quantity"]);
    assert!(more.text.contains("only 1000 of Basketball are in stock"), "{}", more.text);
    assert_eq!(quantities(&server, &owner), 1_000);
}

#[test]
fn a_second_try_with_the_same_key_adds_nothing() {
    let world = World::new();
    let owner;
    let first;
    {
        let server = people::serve(&world);
        people::stock(&world);
        owner = people::sign_up(&server, "owner");
        let once = |quantity| add(&server, &owner, 2, quantity).header("Idempotency-Key", "k").send();
        first = once(3).expect(201);
        let again: Answer = once(3);
        assert_eq!((again.expect(201), again.header("idempotency-replayed")), (first.clone(), Some("true")));
        once(4).problem(422);
    }
    let server = people::serve(&world);
    let again = add(&server, &owner, 2, 3).header("Idempotency-Key", "k").send().expect(201);
    assert_eq!((cart(&server, &owner), again), (vec![first.clone()], first));
}

/// Half of the tasks increase a line's quantity, with `If-Match`; the other half add lines.
#[test]
fn two_carts_that_32_tasks_change_at_once_hold_the_sum() {
    let world = World::new();
    let server = people::serve(&world);
    people::stock(&world);
    let owners = [people::sign_up(&server, "owner"), people::sign_up(&server, "owner")];
    let lines = owners.each_ref().map(|owner| text(&add(&server, owner, 1, 1).send().expect(201)["id"]));
    std::thread::scope(|scope| {
        for task in 0..32 {
            let (owner, line) = (&owners[task % 2], format!("/addToCar/{}", lines[task % 2]));
            let server = &server;
            scope.spawn(move || {
                for _ in 0..3 {
                    match task / 2 % 2 {
                        0 => super::until_it_fits(server, owner, &line, "quantity"),
                        _ => drop(add(server, owner, 2, 2).send().expect(201)),
                    }
                }
            });
        }
    });
    for (owner, line) in owners.iter().zip(&lines) {
        // One to begin with, 8 tasks that add one three times, and 8 that add two three times.
        let found = server.get(&format!("/addToCar/{line}")).basic(owner, PASSWORD).send().expect(200);
        assert_eq!((&found["quantity"], quantities(&server, owner)), (&json!(25), 25 + 48));
    }
}

#[test]
fn a_cart_goes_with_its_owner() {
    let world = World::new();
    let server = people::serve(&world);
    people::stock(&world);
    let (owner, other) = (people::sign_up(&server, "owner"), people::sign_up(&server, "other"));
    for _ in 0..30 {
        add(&server, &owner, 1, 1).send().expect(201);
    }
    add(&server, &other, 1, 1).send().expect(201);
    assert!(server.call("DELETE", "/user").basic(&owner, PASSWORD).send().status < 300);
    let lines = |name: &str| world.items(SHOP, &[format!("c#{name}")])[0];
    people::eventually("an empty cart", || (lines(&owner) == 0).then_some(()));
    assert_eq!(lines(&other), 1);
}
