use twclone_testkit::{Value, World, json};

use crate::kit::{admin, answer, blamed, failure, seeded};

const HEADER: &str = "Account address,Show boosts,Notify on new posts,Languages\n";

/// Imports a file in which some rows must be refused, and returns the JSON output.
fn refused(world: &World, user: &str, text: &str, flags: &[&str]) -> Value {
    let file = world.file("follows.csv", text);
    let arguments = [&["--json", "graph", "import", user, file.to_str().unwrap()], flags].concat();
    let output = admin(world, &arguments);
    assert_eq!(output.code, Some(4), "{output:?}");
    assert!(output.stderr.contains("refused; all others are imported"), "{output:?}");
    output.json()
}

fn imported(world: &World, user: &str, text: &str, flags: &[&str]) -> (u64, u64) {
    let file = world.file("follows.csv", text);
    let answer = answer(world, &[&["graph", "import", user, file.to_str().unwrap()], flags].concat());
    assert_eq!((&answer["refused"], &answer["refusals"]), (&json!(0), &json!([])), "{answer}");
    (answer["new"].as_u64().unwrap(), answer["already"].as_u64().unwrap())
}

fn follows(world: &World, user: &str) -> Value {
    answer(world, &["graph", "export", user])["follows"].take()
}

#[test]
fn an_export_is_as_mastodon_writes_it() {
    let world = seeded();
    let output = admin(&world, &["graph", "export", "kobebryant"]);
    let rows = "kobe,true,false,\njordan,true,false,\n";
    assert_eq!((output.code, output.stdout), (Some(0), format!("{HEADER}{rows}")));
    let output = admin(&world, &["graph", "export", "4", "--domain", "example.com"]);
    let rows = "kobe@example.com,true,false,\njordan@example.com,true,false,\n";
    assert_eq!((output.code, output.stdout), (Some(0), format!("{HEADER}{rows}")));
    let wanted = json!({"user": "kobebryant", "file": null, "follows": ["kobe", "jordan"]});
    assert_eq!(answer(&world, &["graph", "export", "KobeBryant"]), wanted);

    let path = world.folder().join("out.csv");
    let output = admin(&world, &["graph", "export", "chris", "--output", path.to_str().unwrap()]);
    assert_eq!(output.stdout, format!("follows of chris: 1, written to {}\n", path.display()));
    assert_eq!(std::fs::read_to_string(path).unwrap(), format!("{HEADER}steve,true,false,\n"));
    failure(&world, &["graph", "export", "nobody"], 4);
    failure(&world, &["graph", "export", "chris", "--output", "/nowhere/at/all.csv"], 1);
    assert_eq!(admin(&world, &["graph", "export", "chris", "--domain", "a b"]).code, Some(2));
}

#[test]
fn what_is_exported_is_imported_and_twice_changes_nothing() {
    let world = seeded();
    let server = world.serve();
    let csv = admin(&world, &["graph", "export", "kobebryant", "--domain", "example.com"]).stdout;
    assert_eq!(imported(&world, "chris", &csv, &["--domain", "EXAMPLE.com"]), (2, 0));
    assert_eq!(imported(&world, "chris", &csv, &["--domain", "EXAMPLE.com"]), (0, 2));
    assert_eq!(follows(&world, "chris"), json!(["steve", "kobe", "jordan"]));
    assert_eq!(server.stop(), Some(0));
    assert_eq!(answer(&world, &["doctor"])["healthy"], json!(true));
}

#[test]
fn lists_of_many_forms_are_read() {
    let world = seeded();
    for (user, text) in [
        ("mj", "kobe\njordan\n"),
        ("jordan", "\u{feff}Account address\r\nkobe\r\nmj"),
        ("steve", "\"Show boosts\",\"account address\"\ntrue,\"kobe\"\nfalse, jordan \n"),
        ("kobebryant", "\n\n\"mj\",true,\"false\",\"en, de\"\n\nsteve\n"),
    ] {
        assert_eq!(imported(&world, user, text, &[]), (2, 0), "{text:?}");
    }
    assert_eq!(imported(&world, "mj", "", &[]), (0, 0));
    assert_eq!(imported(&world, "mj", HEADER, &[]), (0, 0));
    assert_eq!(imported(&world, "scottie", "steve\nsteve\n", &[]), (1, 1));
    assert_eq!(follows(&world, "steve"), json!(["chris", "mj", "kobe", "jordan"]));
}

#[test]
fn rows_that_cannot_be_are_told_with_their_lines() {
    let world = seeded();
    let text = format!(
        "{HEADER}\r\n\"steve@example.com\",true\r\nkobe@example.org,true\r\n\r\nnobody\n1\nmj\n,,\nno name\nkobe\n"
    );
    let told = refused(&world, "mj", &text, &["--domain", "example.com"]);
    assert_eq!((&told["new"], &told["already"], &told["refused"]), (&json!(2), &json!(0), &json!(6)), "{told}");
    let lines: Vec<_> = told["refusals"].as_array().unwrap().iter().map(|refusal| &refusal["line"]).collect();
    assert_eq!(lines, [4, 6, 7, 8, 9, 10], "{told}");
    let wanted = json!({"line": 4, "address": "kobe@example.org",
        "reason": "is an address of example.org; this service is example.com"});
    assert_eq!(told["refusals"][0], wanted);
    assert_eq!(follows(&world, "mj"), json!(["scottie", "steve", "kobe"]));

    let told = refused(&world, "mj", "steve@example.com\n", &[]);
    assert!(told["refusals"][0]["reason"].as_str().unwrap().contains("--domain example.com"), "{told}");
    let file = world.file("follows.csv", "chris\nnobody\n");
    let output = admin(&world, &["graph", "import", "mj", file.to_str().unwrap()]);
    assert_eq!(output.code, Some(4), "{output:?}");
    let beginning = format!("{}: follows of mj: 1 new, 0 existed before, 1 refused\n", file.display());
    assert_eq!(output.stdout, format!("{beginning}  line 2: nobody: there is no user nobody\n"));
    assert_eq!(output.stderr, "twclone-admin: 1 row was refused; all others are imported\n");
}

#[test]
fn nothing_is_imported_for_nobody_or_from_nothing() {
    let world = seeded();
    let file = world.file("follows.csv", "chris\n");
    let file = file.to_str().unwrap();
    failure(&world, &["graph", "import", "nobody", file], 4);
    assert_eq!(blamed(&failure(&world, &["graph", "import", "mj", "missing.csv"], 3)), ["file"]);
    answer(&world, &["users", "disable", "mj"]);
    failure(&world, &["graph", "import", "mj", file], 4);
    // A disabled account cannot get new followers.
    assert_eq!(refused(&world, "steve", "scottie\nmj@a.example\n", &[])["new"], 1);
}

#[test]
fn a_quote_that_is_not_closed_is_told_with_its_line_and_nothing_is_imported() {
    let world = seeded();
    let before = follows(&world, "steve");
    for (text, line) in [
        ("kobe,\"open\nmj\nscottie\n", "line 1"),
        ("kobe\r\n\"mj\",\"two \"\"words\"\"\nof one field\"\r\nscottie,x,\"\r\n", "line 4"),
        ("kobe\nmj,\"open\n\"scottie\",x\n", "line 2"),
        ("\u{feff}\"", "line 1"),
    ] {
        let file = world.file("follows.csv", text);
        let told = failure(&world, &["graph", "import", "steve", file.to_str().unwrap()], 3);
        assert_eq!(blamed(&told), [line], "{text:?}: {told}");
        assert!(told["error"].as_str().unwrap().contains("none of it was written"), "{told}");
        assert_eq!(follows(&world, "steve"), before, "{text:?}");
    }
    // A quote inside an unquoted field is an ordinary character.
    assert_eq!(imported(&world, "steve", "kobe,a \"b\njordan,\"c\" ,5\"\n", &[]), (2, 0));
}
