//! The commands of docs/backup.md, exactly as printed there.

use std::path::Path;
use std::process::Command;

use twclone_testkit::{Output, repository};

use crate::kit::{counts, seeded};

/// Replaces `sudo` and `systemctl`: commands run as the current user, and there are no units.
const MACHINE: &str = "set -eu\nsudo() { shift 2; \"$@\"; }\nsystemctl() { :; }\n";

/// Returns the `sh` blocks of a page.
fn blocks(page: &str) -> Vec<String> {
    let behind = page.split("```sh\n").skip(1);
    behind.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn the_commands_of_the_page_about_backups_work() {
    let world = seeded();
    let page = std::fs::read_to_string(repository().join("docs/backup.md")).unwrap();
    let blocks = blocks(&page);
    assert!(blocks.len() >= 4, "{blocks:?}");
    let before = counts(&world);
    let admin = world.command("twclone-admin");
    let programs = Path::new(admin.get_program()).parent().unwrap();
    let place = |block: &str| {
        let at = |name: &str| world.folder().join(name).to_str().unwrap().to_owned();
        let data = world.data().to_str().unwrap().to_owned();
        let block = block.replace("/var/lib/twclone", &data).replace("/srv/backups", &at("backups"));
        block.replace("/var/tmp/twclone-trial", &at("trial"))
    };
    for block in blocks {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{MACHINE}{}", place(&block))]);
        for (name, value) in admin.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
        command.current_dir(world.folder()).env("PATH", path);
        let output = Output::of(command, "");
        assert_eq!(output.code, Some(0), "{block}\n{output:?}");
    }
    assert!(world.folder().join("data.old").is_dir());
    assert_eq!(counts(&world), before);
}
