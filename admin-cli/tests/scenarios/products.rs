use twclone_testkit::{Value, World, json};

use crate::kit::{admin, answer, blamed, failure, made_empty, seeded};

const HEADER: &str = "id,name,description,price,currency,stock\n";

fn import(world: &World, rows: &str) -> Value {
    let file = world.file("products.csv", &format!("{HEADER}{rows}"));
    let mut answer = answer(world, &["products", "import", file.to_str().unwrap()]);
    answer.as_object_mut().unwrap().remove("file");
    answer
}

#[test]
fn the_seed_fills_the_catalogue() {
    let world = seeded();
    let listed = answer(&world, &["products", "list"]);
    assert_eq!(listed["next"], Value::Null);
    let ball = json!({"id": "1", "name": "Basketball", "description": "Indoor, size 7. Has seen no floor yet.",
        "price": 5999, "currency": "USD", "stock": 24});
    assert_eq!(listed["products"].as_array().unwrap().last(), Some(&ball));
    let text = admin(&world, &["products", "list"]).stdout;
    for line in
        ["1                           59.99 USD          24  Basketball", "4                            4200 JPY"]
    {
        assert!(text.contains(line), "{text}");
    }
    let first = answer(&world, &["products", "list", "--limit", "2"]);
    let rest = answer(&world, &["products", "list", "--limit", "9", "--cursor", first["next"].as_str().unwrap()]);
    let all = [first["products"].as_array().unwrap().clone(), rest["products"].as_array().unwrap().clone()].concat();
    assert_eq!(Value::from(all), listed["products"]);
    failure(&world, &["products", "list", "--cursor", "x"], 3);
}

#[test]
fn an_import_makes_products_what_it_says() {
    let world = made_empty(World::new());
    let rows = "7,Net,,34900,USD,3\n8,\"Ball, new\",\"Two\nlines\",1,JPY,0\n";
    assert_eq!(import(&world, rows), json!({"new": 2, "changed": 0, "unchanged": 0}));
    assert_eq!(import(&world, rows), json!({"new": 0, "changed": 0, "unchanged": 2}));
    let other = "8,\"Ball, new\",,2,JPY,0\n9,Shoe,,1,EUR,1\n";
    assert_eq!(import(&world, other), json!({"new": 1, "changed": 1, "unchanged": 0}));
    let listed = answer(&world, &["products", "list"]);
    let ball = json!({"id": "8", "name": "Ball, new", "description": null, "price": 2, "currency": "JPY", "stock": 0});
    assert_eq!(listed["products"][1], ball);
    assert_eq!(answer(&world, &["doctor"])["healthy"], json!(true));
}

/// A product that was changed after it was created stays as it is, and counts as unchanged. A product that differs from
/// the file without having been changed is refused.
#[test]
fn a_seed_overwrites_nothing() {
    let world = made_empty(World::new());
    let seed = |price: u32, id: u32| {
        let product = json!({"id": id, "name": "Net", "price": price, "currency": "USD", "stock": 3});
        world.file("seed.json", &json!({"products": [product]}).to_string())
    };
    let load = |price, id| admin(&world, &["--json", "seed", seed(price, id).to_str().unwrap()]);
    let fates = |price, id| load(price, id).json()["files"][0]["products"].take();
    assert_eq!(fates(100, 1), json!({"created": 1, "unchanged": 0, "refused": 0}));
    assert_eq!(fates(100, 1), json!({"created": 0, "unchanged": 1, "refused": 0}));
    let refused = load(200, 1);
    assert_eq!(refused.code, Some(4), "{refused:?}");
    import(&world, "1,Net,,300,USD,3\n");
    assert_eq!(fates(100, 1), json!({"created": 0, "unchanged": 1, "refused": 0}));
    assert_eq!(answer(&world, &["products", "list"])["products"][0]["price"], 300);
}

#[test]
fn what_is_wrong_in_a_file_is_told_with_its_line_and_nothing_is_written() {
    let world = made_empty(World::new());
    let rows = "1,Net,,100,USD,3\n1,Net,,1.50,USD,3\n1,Ball,,100,USD,3\n2,,,100,XXX,\n";
    let file = world.file("products.csv", &format!("{HEADER}{rows}"));
    let failure_of = |file: &str| failure(&world, &["products", "import", file], 3);
    let told = failure_of(file.to_str().unwrap());
    let wanted = ["line 3.price", "line 4.id", "line 5.name", "line 5.currency", "line 5.stock"];
    assert_eq!(blamed(&told), wanted);
    assert_eq!(answer(&world, &["products", "list"])["products"], json!([]));
    for wrong in ["id,name\n1\n", "id,name,price,currency,stock,colour\n1,Net,1,USD,1,red\n"] {
        let file = world.file("products.csv", wrong);
        failure_of(file.to_str().unwrap());
    }
    failure_of("nowhere.csv");
    let file = world.file("products.csv", &format!("{HEADER}1,Net,,100,USD,3\n2,\"Ball,,100,USD,3\n3,Shoe,,1,USD,1\n"));
    assert_eq!(blamed(&failure_of(file.to_str().unwrap())), ["line 3"]);
    let file = world.folder().join("bytes.csv");
    std::fs::write(&file, [HEADER.as_bytes(), b"\n1,Net\n2,Caf\xe9,,100,USD,3\n3,,,1,USD,1\n"].concat()).unwrap();
    let told = failure_of(file.to_str().unwrap());
    assert_eq!(blamed(&told), ["line 3", "line 4", "line 5.name"], "{told}");
    assert_eq!(told["faults"][0]["message"], "has 2 fields, but the first line names 6 columns");
    let file = world.file("nothing.csv", "\n");
    assert_eq!(blamed(&failure_of(file.to_str().unwrap())), ["line 1"]);
    assert_eq!(answer(&world, &["products", "list"])["products"], json!([]));
}
