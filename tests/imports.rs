//! Imports: layers import downwards only, and no files import each other in a circle.
//!
//! A name is followed through the re-exports of `mod.rs` to the file that defines it. A `mod.rs` that declares and re-exports
//! its parts does not import them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::root;

/// The layers of `shared`, from the top down. The parts of one layer do not import each other.
const LAYERS: [&[&str]; 10] = [
    &["runtime"],
    &["api"],
    &["orders", "files", "processing", "tenants"],
    &["store", "bucket", "queue", "cms"],
    &["secret", "web"],
    &["aws", "pgk"],
    &["https"],
    &["call"],
    &["error"],
    &["domain", "clock", "deadline"],
];

/// The files of a crate, by module: `domain::order`. The crate's root is the empty module.
type Crate = BTreeMap<String, String>;

/// Edges from module to module.
type Imports = BTreeMap<String, BTreeSet<String>>;

fn read_crate(folder: &str) -> Crate {
    fn collect(folder: &Path, module: &str, found: &mut Crate) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let name = if module.is_empty() { stem.to_owned() } else { format!("{module}::{stem}") };
            if path.is_dir() {
                collect(&path, &name, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = if matches!(stem, "mod" | "lib" | "main") { module.to_owned() } else { name };
                let text = fs::read_to_string(&path).unwrap();
                found.entry(name).or_default().push_str(&text);
            }
        }
    }
    let mut found = Crate::new();
    collect(&root().join(folder), "", &mut found);
    assert!(found.len() > 10, "{folder}");
    found
}

/// The code of a file, without its tests and comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The paths that a `use` statement names, one per name: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((prefix, rest)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap_or_default().trim().to_owned()];
    };
    let inner = &rest[..rest.rfind('}').unwrap_or(rest.len())];
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(expand).map(|part| format!("{}{part}", prefix.trim())).collect()
}

/// The paths that code uses within its crate, and which of them are re-exports.
fn paths(code: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find("use ") {
        let before = rest[..at].rsplit(['\n', ';']).next().unwrap_or_default().trim();
        let end = rest[at..].find(';').map_or(rest.len(), |end| at + end);
        if before.is_empty() || before.starts_with("pub") {
            let is_public = before.starts_with("pub");
            found.extend(expand(&rest[at + 4..end]).into_iter().map(|path| (path, is_public)));
        }
        rest = &rest[(at + 4).min(rest.len())..];
    }
    for prefix in ["crate::", "super::"] {
        for (at, _) in code.match_indices(prefix) {
            // `pub(in crate::store)` is no import.
            let is_part = code[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':'))
                || code[..at].ends_with("(in ");
            let path: String =
                code[at..].chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect();
            let is_use = code[..at].rsplit('\n').next().is_some_and(|line| line.contains("use "));
            if !is_part && !is_use && !path.ends_with("::") {
                found.push((path, false));
            }
        }
    }
    found
}

/// A path as seen from a module, from the crate's root; `None` if it leaves the crate.
fn absolute(path: &str, module: &str, files: &Crate, own_name: &str) -> Option<String> {
    let mut at: Vec<&str> = module.split("::").filter(|part| !part.is_empty()).collect();
    let mut parts = path.split("::").peekable();
    match parts.peek().copied()? {
        "crate" => at.clear(),
        first if first == own_name => at.clear(),
        "self" | "super" => {
            while let Some(first @ ("self" | "super")) = parts.peek().copied() {
                if first == "super" {
                    at.pop()?;
                }
                parts.next();
            }
            return Some(at.into_iter().chain(parts).collect::<Vec<_>>().join("::"));
        }
        first => {
            // A child of this module, as in `pub use fields::Fields`.
            let child = at.iter().copied().chain([first]).collect::<Vec<_>>().join("::");
            return files.contains_key(&child).then(|| at.into_iter().chain(parts).collect::<Vec<_>>().join("::"));
        }
    }
    parts.next();
    Some(at.into_iter().chain(parts).collect::<Vec<_>>().join("::"))
}

/// The module that defines what an absolute path names.
fn definition(path: &str, files: &Crate, exports: &BTreeMap<String, String>) -> Option<String> {
    // A module and a name in it may be called the same: `files::ingest`.
    if let Some(target) = exports.get(path).filter(|target| !files.contains_key(path) || !target.starts_with(path)) {
        return definition(target, files, exports);
    }
    if files.contains_key(path) {
        return Some(path.to_owned());
    }
    definition(path.rsplit_once("::")?.0, files, exports)
}

fn imports(files: &Crate, own_name: &str) -> Imports {
    let mut exports = BTreeMap::new();
    let mut named = Vec::new();
    for (module, text) in files {
        for (path, is_export) in paths(&code(text)) {
            let Some(path) = absolute(&path, module, files, own_name) else { continue };
            if is_export {
                let name = path.rsplit("::").next().unwrap_or_default();
                let export = if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
                if export != path {
                    exports.insert(export, path);
                    continue;
                }
            }
            named.push((module, path));
        }
    }
    let mut imports = Imports::new();
    for (module, path) in named {
        let target = definition(&path, files, &exports);
        imports.entry(module.clone()).or_default().extend(target.filter(|target| target != module));
    }
    imports
}

/// Returns the modules of one circle, if there is any.
fn circle(imports: &Imports) -> Option<Vec<String>> {
    fn visit(module: &String, imports: &Imports, trail: &mut Vec<String>, done: &mut BTreeSet<String>) -> bool {
        if let Some(at) = trail.iter().position(|earlier| earlier == module) {
            trail.drain(..at);
            return true;
        }
        if done.contains(module) {
            return false;
        }
        trail.push(module.clone());
        for next in imports.get(module).into_iter().flatten() {
            if visit(next, imports, trail, done) {
                return true;
            }
        }
        trail.pop();
        done.insert(module.clone());
        false
    }
    let mut done = BTreeSet::new();
    imports.keys().find_map(|module| {
        let mut trail = Vec::new();
        visit(module, imports, &mut trail, &mut done).then_some(trail)
    })
}

/// Imports that do not lead to a lower layer.
fn upward(imports: &Imports) -> Vec<String> {
    let layer = |module: &str| {
        let part = module.split("::").next().unwrap_or_default().to_owned();
        (LAYERS.iter().position(|layer| layer.contains(&part.as_str())), part)
    };
    let mut found = Vec::new();
    for (from, targets) in imports {
        for to in targets {
            let ((above, part), (below, other)) = (layer(from), layer(to));
            let is_downward = matches!((above, below), (Some(above), Some(below)) if above < below);
            if !from.is_empty() && part != other && !is_downward {
                found.push(format!("{from} imports {to}"));
            }
        }
    }
    found
}

#[test]
fn layers_import_downwards_only() {
    assert_eq!(upward(&imports(&read_crate("shared/src"), "shared")), Vec::<String>::new());
}

#[test]
fn no_file_imports_in_a_circle() {
    for (folder, name) in [("shared/src", "shared"), ("local/src", "local"), ("admin/src", "admin")] {
        assert_eq!(circle(&imports(&read_crate(folder), name)), None, "{folder}");
    }
}

#[test]
fn a_planted_circle_and_a_planted_upward_import_are_found() {
    let mut files = read_crate("shared/src");
    let plant = |files: &mut Crate, module: &str, line: &str| {
        let text = files.get_mut(module).unwrap();
        *text = format!("{line}\n{text}");
    };
    plant(&mut files, "error", "use crate::api::Reply;");
    assert_eq!(upward(&imports(&files, "shared")), ["error imports api::reply"]);
    let mut files = read_crate("shared/src");
    plant(&mut files, "domain::bin", "use super::{line::Line, Json};");
    assert!(circle(&imports(&files, "shared")).is_some_and(|circle| circle.contains(&"domain::bin".to_owned())));
    let mut files = read_crate("local/src");
    plant(&mut files, "config", "fn planted() -> crate::stack::Stack {}");
    assert!(circle(&imports(&files, "local")).is_some());
}
