//! The catalogue, and permission to change it.

use twclone_testkit::{Call, Client, Value, World, json};

use crate::people::{self, PASSWORD, text, walk};

fn put(server: &Client, name: &str, id: &str, body: &Value) -> Call {
    let path = format!("/product/{id}");
    server.call("PUT", &path).body("application/json", body.to_string()).basic(name, PASSWORD)
}

#[test]
fn anybody_sees_the_catalogue() {
    let world = World::new();
    let server = people::serve(&world);
    people::stock(&world);
    let listed = server.get("/products").send().expect(200);
    let names: Vec<_> = listed["products"].as_array().unwrap().iter().map(|product| text(&product["name"])).collect();
    assert_eq!(names, ["Ankle weights", "Headband", "Basketball"]);
    let paged = walk(|path| server.get(path).send(), "/products?limit=1", "products");
    assert_eq!(Value::from(paged), listed["products"]);
    let ball = json!({"id": "1", "name": "Basketball", "description": "Indoor, size 7.", "price": 5999,
        "currency": "USD", "stock": 1000});
    assert_eq!(server.get("/product/1").send().expect(200), ball);
    assert_eq!(server.get("/product/2").send().expect(200)["description"], "");
    for missing in ["4", "0", "x", "99999999999999999999"] {
        server.get(&format!("/product/{missing}")).send().problem(404);
    }
    server.get("/products?cursor=x").send().problem(400);
}

#[test]
fn an_administrator_changes_what_he_names() {
    let world = World::new();
    let server = people::serve(&world);
    people::stock(&world);
    let admin = people::administrator(&server, &world);
    let cheaper = put(&server, &admin, "1", &json!({"price": "4999", "stock": 7})).send().expect(200);
    let expected = json!({"id": "1", "name": "Basketball", "description": "Indoor, size 7.", "price": 4999,
        "currency": "USD", "stock": 7});
    assert_eq!(cheaper, expected);
    assert_eq!(server.get("/product/1").send().expect(200), expected);
    let other = json!({"name": "Ball", "description": null, "currency": "EUR"});
    let other = put(&server, &admin, "1", &other).send().expect(200);
    assert_eq!(
        other,
        json!({"id": "1", "name": "Ball", "description": "", "price": 4999, "currency": "EUR", "stock": 7})
    );
    put(&server, &admin, "4", &json!({"stock": 1})).send().problem(404);
    for (field, value) in [
        ("price", json!(19.99)),
        ("price", json!(-1)),
        ("price", json!("1e3")),
        ("price", json!(1_000_000_000_001_i64)),
        ("currency", json!("usd")),
        ("currency", json!("XAU")),
        ("currency", json!("DEM")),
        ("stock", json!(-1)),
        ("stock", json!(1_000_000_001)),
        ("name", json!("")),
        ("name", json!("two\nlines")),
        ("description", json!("")),
        ("colour", json!("red")),
    ] {
        let refused = put(&server, &admin, "1", &json!({field: value})).send();
        assert_eq!(refused.blamed(), [field], "{value}");
    }
    assert_eq!(server.get("/product/1").send().expect(200), other);
}

/// `If-Match` compares strongly, one of several tags is enough, and a foreign tag matches nothing.
#[test]
fn nobody_overwrites_what_he_has_not_seen() {
    let world = World::new();
    let server = people::serve(&world);
    people::stock(&world);
    let admin = people::administrator(&server, &world);
    let tag = || server.get("/product/1").send().header("etag").unwrap().to_owned();
    let change =
        |tags: &str, stock: u32| put(&server, &admin, "1", &json!({"stock": stock})).header("If-Match", tags).send();
    let first = tag();
    assert_eq!(server.get("/product/1").header("If-None-Match", &first).send().status, 304);
    change(&first, 10).expect(200);
    assert_ne!(tag(), first);
    for stale in [first.as_str(), &format!("W/{}", tag()), "\"other\"", "other", "\"\"", ""] {
        let refused = change(stale, 11).problem(412);
        assert!(refused["detail"].as_str().unwrap().contains("read it again"), "{refused}");
    }
    assert_eq!(server.get("/product/1").send().expect(200)["stock"], 10);
    change(&format!("{first}, {}", tag()), 12).expect(200);
    change("*", 13).expect(200);
    put(&server, &admin, "4", &json!({"stock": 1})).header("If-Match", &first).send().problem(404);
    assert_eq!(server.get("/product/1").send().expect(200)["stock"], 13);
}

#[test]
fn of_many_changes_at_once_none_is_lost() {
    let world = World::new();
    let server = people::serve(&world);
    people::stock(&world);
    let admin = people::administrator(&server, &world);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..4).for_each(|_| super::until_it_fits(&server, &admin, "/product/1", "stock")));
        }
    });
    assert_eq!(server.get("/product/1").send().expect(200)["stock"], 1_032);
}
