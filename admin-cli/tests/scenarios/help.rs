use std::collections::BTreeSet;

use twclone_testkit::{Output, World};

use crate::kit::{admin, failure};

/// Returns the subcommands that a help text lists.
fn below(help: &Output) -> Vec<String> {
    let lines = help.stdout.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names =
        lines.take_while(|line| !line.is_empty()).filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.map(|line| line.split_whitespace().next().unwrap().to_owned()).filter(|name| name != "help").collect()
}

fn walk(world: &World, command: &[String], seen: &mut BTreeSet<String>) {
    let mut arguments: Vec<_> = command.iter().map(String::as_str).collect();
    arguments.push("--help");
    let help = admin(world, &arguments);
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""), "{help:?}");
    let example = ["Example:\n", "Examples:\n"].iter().find_map(|title| help.stdout.split_once(title));
    let example = example.map(|(_, example)| example.trim());
    let beginning = format!("twclone-admin {}", command.join(" "));
    assert!(example.is_some_and(|example| example.starts_with(beginning.trim_end())), "{command:?}: {help:?}");
    assert!(help.stdout.contains("--json"), "{command:?}: {help:?}");
    seen.insert(command.join(" "));
    for name in below(&help) {
        walk(world, &[command, &[name]].concat(), seen);
    }
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let world = World::new();
    let mut seen = BTreeSet::new();
    walk(&world, &[], &mut seen);
    let wanted = [
        "",
        "init",
        "seed",
        "status",
        "doctor",
        "backup",
        "backup verify",
        "restore",
        "keys",
        "keys list",
        "keys rotate",
        "audit",
        "graph",
        "graph export",
        "graph import",
        "products",
        "products list",
        "products import",
        "services",
        "services list",
        "timelines",
        "timelines lag",
        "timelines rebuild",
        "completions",
        "users",
        "users add",
        "users list",
        "users show",
        "users passwd",
        "users disable",
        "users enable",
        "users delete",
        "users role",
        "users sessions",
        "users delegate",
        "users delegate add",
        "users delegate remove",
    ];
    assert_eq!(seen, wanted.into_iter().map(str::to_owned).collect());
}

#[test]
fn help_says_what_passwords_may_be_and_what_exit_codes_mean() {
    let world = World::new();
    for command in ["add", "passwd"] {
        let help = admin(&world, &["users", command, "--help"]).stdout;
        // The lines wrap at the width of the terminal.
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(help.contains("from 1 to 71 bytes") && help.contains("standard input"), "{help}");
    }
    let help = admin(&world, &["--help"]).stdout;
    for code in ["\n  0  ", "\n  1  ", "\n  2  ", "\n  3  ", "\n  4  ", "\n  5  "] {
        assert!(help.contains(code), "{code:?} is not in {help}");
    }
}

#[test]
fn completions_name_the_commands_and_need_no_settings() {
    let world = World::new();
    world.file("twclone.toml", "this is no setting");
    assert_eq!(admin(&world, &["status"]).code, Some(2));
    for shell in ["bash", "zsh", "fish"] {
        // Not through `admin`, which takes `$2` for a password hash: a bash script may use its second argument.
        let output = world.admin(&["completions", shell]);
        assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{output:?}");
        for name in ["twclone-admin", "init", "seed", "status", "users", "passwd", "delegate", "no-seed"] {
            assert!(output.stdout.contains(name), "{shell}: {name} is missing");
        }
        let document = world.admin(&["completions", shell, "--json"]).json();
        assert_eq!(document["shell"], shell);
        assert_eq!(document["script"].as_str().unwrap().trim_end(), output.stdout.trim_end());
    }
    assert_eq!(world.admin(&["completions", "abacus"]).code, Some(2));
    assert!(!world.data().exists());
}

#[test]
fn settings_that_make_no_sense_are_told_as_json_too() {
    let world = World::new();
    let wrong = failure(&world, &["status", "--bcrypt-cost", "3"], 2);
    assert!(wrong["error"].as_str().unwrap().contains("bcrypt-cost"), "{wrong}");
    let missing = failure(&world, &["init", "--config", "missing.toml"], 2);
    assert!(missing["error"].as_str().unwrap().contains("missing.toml"), "{missing}");
}

#[test]
fn wrong_usage_does_nothing() {
    let world = World::new();
    for arguments in [&[][..], &["users"], &["seed"], &["destroy"], &["users", "add", "mj"], &["init", "now"]] {
        let output = admin(&world, arguments);
        assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{output:?}");
        assert!(output.stderr.contains("Usage:"), "{output:?}");
    }
    assert!(!world.data().exists());
}
