//! The architecture rules of ARCHITECTURE.md that a test can check.

use std::path::{Path, PathBuf};

use twclone_testkit::repository;

fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect()
}

/// Returns the files below a folder that contain a text, except those below the allowed paths.
fn found(folder: &str, text: &str, allowed: &[&str]) -> Vec<PathBuf> {
    let mut found = sources(&repository().join(folder));
    found.retain(|path| {
        let place = path.strip_prefix(repository()).unwrap().to_str().unwrap();
        !allowed.iter().any(|allowed| place.starts_with(allowed))
            && std::fs::read_to_string(path).unwrap().contains(text)
    });
    found
}

#[test]
fn every_path_that_the_architecture_names_exists() {
    let text = read("ARCHITECTURE.md");
    let named: Vec<_> =
        text.split('`').skip(1).step_by(2).filter(|word| word.contains('/') && !word.contains(' ')).collect();
    assert!(named.len() > 20, "{named:?}");
    for path in named.into_iter().filter(|path| !path.starts_with('/') && !path.contains("::")) {
        assert!(repository().join(path).exists(), "ARCHITECTURE.md names {path}");
    }
}

#[test]
fn each_crate_knows_only_what_is_below_it() {
    let depends = |text: &str, name: &str| text.contains(&format!("\n{name}"));
    let item_store = read("item-store/Cargo.toml");
    let item_store = item_store.split("[dev-dependencies]").next().unwrap();
    assert!(!depends(item_store, "twclone-"), "the item store knows twclone");
    for above in ["twclone-domain", "twclone-server"] {
        assert!(!depends(&read("schema/Cargo.toml"), above), "the schema knows {above}");
    }
    let domain = read("domain/Cargo.toml");
    let server = read("server/Cargo.toml");
    for http in ["rocket", "hyper", "utoipa"] {
        assert!(!domain.contains(&format!("\n{http}")), "the domain knows {http}");
    }
    for store in ["rusqlite", "aws-"] {
        assert!(!server.contains(&format!("\n{store}")), "the server knows {store}");
    }
    assert!(!domain.contains("\naws-"), "the domain knows the SDK");
}

#[test]
fn sql_the_sdk_and_keys_stay_in_their_places() {
    let nothing: [PathBuf; 0] = [];
    let stores = ["item-store/src/embedded", "item-store/src/sqlite"];
    assert_eq!(found("domain/src", "rusqlite", &["domain/src/repositories/identity"]), nothing);
    assert_eq!(found("item-store/src", "rusqlite", &stores), nothing);
    assert_eq!(found("item-store/src", "aws_", &["item-store/src/dynamodb"]), nothing);
    assert_eq!(found("domain/src", "\"m#", &["domain/src/repositories/keys.rs"]), nothing);
    assert_eq!(found("domain/src", "{}#", &["domain/src/repositories/keys.rs"]), nothing);
    // In the benchmark, only the baselines that the product is compared with may do this.
    assert_eq!(found("bench/src", "rusqlite", &["bench/src/subject/raw.rs"]), nothing);
    assert_eq!(found("bench/src", "m#", &["bench/src/subject/layout.rs"]), nothing);
}

/// Returns the domain modules that files below a folder import, each with the file. `crate::posts::Post` imports
/// `posts`; `crate::Id`, which the domain re-exports from its model, imports none.
fn imports(folder: &str) -> Vec<(PathBuf, String)> {
    let mut imports = Vec::new();
    for path in sources(&repository().join(folder)) {
        let text = std::fs::read_to_string(&path).unwrap();
        for part in text.split("crate::").skip(1) {
            let list = part.strip_prefix('{').and_then(|list| list.split('}').next()).unwrap_or(part);
            let names = list.split(',').take(if part.starts_with('{') { usize::MAX } else { 1 });
            let modules = names.filter_map(|name| {
                let end = name.trim_start().find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
                let name = &name.trim_start()[..end.unwrap_or(name.trim_start().len())];
                name.starts_with(|letter: char| letter.is_ascii_lowercase()).then(|| name.to_owned())
            });
            imports.extend(modules.map(|module| (path.clone(), module)));
        }
    }
    imports
}

#[test]
fn imports_go_one_way() {
    let mut above = imports("domain/src/model");
    // `excerpt` is a function of the model.
    above.retain(|(_, module)| module != "model" && module != "excerpt");
    assert!(above.is_empty(), "the model imports {above:?}");
    let mut above = imports("domain/src/repositories");
    above.retain(|(_, module)| !["model", "repositories", "excerpt"].contains(&module.as_str()));
    assert!(above.is_empty(), "repositories import {above:?}");
    assert!(imports("domain/src/capabilities/posts").iter().any(|(_, module)| module == "repositories"));
}

#[test]
fn no_dialect_names_another() {
    let dialects = repository().join("server/src/dialects");
    let names: Vec<_> = sources(&dialects)
        .into_iter()
        .filter(|path| path.parent() == Some(&dialects))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert!(!names.is_empty());
    for name in &names {
        let own = [format!("server/src/dialects/{name}.rs"), format!("server/src/dialects/{name}/")];
        let own: Vec<_> = own.iter().map(String::as_str).collect();
        let others = found("server/src/dialects", &format!("dialects::{name}"), &own);
        assert!(others.is_empty(), "{others:?} name {name}");
    }
}
