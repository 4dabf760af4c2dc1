//! What each part of the tree may contain: the rules, and a breach of each that must be found. Imports are checked in
//! `imports.rs`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use regex::{Match, Regex};

use crate::support::{read, root};

/// A rule: where it applies, where it does not, and what is forbidden there.
struct Rule {
    within: &'static [&'static str],
    except: &'static [&'static str],
    forbidden: &'static [&'static str],
    why: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        within: &["functions/", "shared/src/"],
        except: &[
            "shared/src/aws/",
            "shared/src/store/",
            "shared/src/bucket/",
            "shared/src/queue.rs",
            "shared/src/secret.rs",
        ],
        forbidden: &["aws_sdk", "aws_types", "aws_sigv4"],
        why: "AWS is known to aws, the store, the bucket, the queue and the secrets only",
    },
    Rule {
        within: &["functions/", "shared/src/"],
        except: &["shared/src/aws/", "shared/src/store/", "shared/src/bucket/", "shared/src/web.rs"],
        forbidden: &["aws_smithy"],
        why: "the SDK's HTTP client is known to aws, and to the clients of other systems",
    },
    Rule {
        within: &["shared/src/"],
        except: &["shared/src/api/"],
        forbidden: &["lambda_http", "lambda_runtime", "aws_lambda_events"],
        why: "HTTP and Lambda are known to the api only",
    },
    Rule {
        within: &["shared/src/domain/", "shared/src/pgk/"],
        except: &[],
        forbidden: &["async fn", "Timestamp::now", "tracing::"],
        why: "the words of the trade have no I/O and no clock",
    },
    Rule {
        within: &["functions/", "shared/src/", "local/src/", "admin/src/"],
        except: &["shared/src/runtime/", "admin/src/environment.rs"],
        forbidden: &["env::var"],
        why: "the environment is read in one place of each program",
    },
    Rule {
        within: &["functions/"],
        except: &[],
        forbidden: &["TABLE", "BUCKET", "#[allow"],
        why: "a function knows no table and takes no liberties",
    },
    Rule {
        within: &["functions/", "shared/src/", "local/src/", "admin/src/"],
        except: &[],
        forbidden: &["let _ =", "todo!", "unimplemented!", "thread::sleep"],
        why: "no result is thrown away, and nothing is put off",
    },
];

/// Returns the rules that a file breaks.
fn breaches(path: &str, text: &str) -> Vec<String> {
    let is_in = |places: &[&str]| places.iter().any(|place| path.starts_with(place));
    // What stands in a test module may do as it likes.
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    RULES
        .iter()
        .filter(|rule| is_in(rule.within) && !is_in(rule.except))
        .flat_map(|rule| {
            let found = rule.forbidden.iter().filter(|word| code.contains(*word));
            found.map(|word| format!("{path}: {word}: {}", rule.why)).collect::<Vec<_>>()
        })
        .collect()
}

/// Finds every file of these kinds under a folder, with its path from the root.
fn sources(folder: &Path, kinds: &[&str], found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, kinds, found);
        } else if path.extension().is_some_and(|kind| kinds.iter().any(|known| kind == *known)) {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Every Rust file of the project, with its path from the root.
pub fn all_sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["functions", "shared/src", "local/src", "admin/src", "tests"] {
        sources(&root().join(folder), &["rs"], &mut found);
    }
    assert!(found.len() > 50);
    found
}

#[test]
fn no_file_breaks_a_rule() {
    let broken: Vec<String> = all_sources().iter().flat_map(|(path, text)| breaches(path, text)).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_planted_breach_is_found() {
    for rule in RULES {
        for word in rule.forbidden {
            let path = format!("{}planted.rs", rule.within[0]);
            assert!(
                breaches(&path, &format!("fn f() {{ {word} }}")).iter().any(|breach| breach.contains(word)),
                "{word}"
            );
        }
    }
}

#[test]
fn functions_know_no_other_function_and_their_mains_are_short() {
    for (path, text) in all_sources() {
        let Some((function, _)) = path.strip_prefix("functions/").and_then(|rest| rest.split_once('/')) else {
            continue;
        };
        for other in fs::read_dir(root().join("functions")).unwrap() {
            let other = other.unwrap().file_name().into_string().unwrap();
            assert!(other == function || !text.contains(&other.replace('-', "_")), "{path} knows {other}");
        }
        assert!(!path.ends_with("main.rs") || text.lines().count() <= 25, "{path}");
    }
}

#[test]
fn every_file_says_in_its_first_line_what_lives_there() {
    for (path, text) in all_sources() {
        assert!(text.starts_with("//! "), "{path}");
    }
}

/// The types that a file names at its top level, outside its test module.
fn types(text: &str) -> impl Iterator<Item = &str> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter_map(|line| {
        let mut words = line
            .trim_start_matches("pub ")
            .trim_start_matches("pub(")
            .split_whitespace()
            .skip_while(|word| word.ends_with(')') || matches!(*word, "in" | "unsafe"));
        let is_type = !line.starts_with(' ') && matches!(words.next()?, "struct" | "enum" | "trait" | "type");
        words.next().filter(|_| is_type)?.split(|c: char| !c.is_alphanumeric()).next()
    })
}

/// The types that more than one of these files names, with the files.
fn doubles<'a>(files: impl Iterator<Item = &'a (String, String)>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, text) in files {
        types(text).for_each(|name| named.entry(name).or_default().push(path));
    }
    named.into_iter().filter(|(_, paths)| paths.len() > 1).collect()
}

#[test]
fn no_crate_has_two_types_of_one_name() {
    let sources = all_sources();
    for folder in ["shared/src/", "local/src/", "admin/src/"] {
        let doubles = doubles(sources.iter().filter(|(path, _)| path.starts_with(folder)));
        assert!(doubles.is_empty(), "{doubles:#?}");
    }
    let planted = [
        ("a.rs".to_owned(), "pub(in crate::store) struct Line<'a> {\n".to_owned()),
        ("b.rs".to_owned(), "pub(super) enum Line {\n    type Other = u8;\n".to_owned()),
        ("c.rs".to_owned(), "type Other = u8;\n#[cfg(test)]\nstruct Line;\n".to_owned()),
    ];
    assert_eq!(doubles(planted.iter()).into_iter().collect::<Vec<_>>(), [("Line", vec!["a.rs", "b.rs"])]);
}

/// Returns the documents and sections that a file names and that are not in the repository, seen from its root or from
/// the file's folder.
fn unknown_documents(path: &str, text: &str) -> Vec<String> {
    let name = Regex::new(r"(?-u)(?:\$\w+/)?([\w./-]*\w\.md)\b(?:#([\w-]+))?").unwrap();
    let here = root().join(path).parent().unwrap().to_owned();
    let is_known = |document: &str, section: Option<Match>| {
        let document = document.trim_start_matches('/');
        let found = [root().join(document), here.join(document)].into_iter().find_map(|at| fs::read_to_string(at).ok());
        found.is_some_and(|text| section.is_none_or(|section| anchors(&text).any(|anchor| anchor == section.as_str())))
    };
    let names = name.captures_iter(text).filter(|name| !is_known(&name[1], name.get(2)));
    names.map(|name| format!("{path}: {}", &name[0])).collect()
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(document: &str) -> impl Iterator<Item = String> {
    let headings = document.lines().filter_map(|line| line.strip_prefix('#'));
    headings.map(|line| {
        let heading = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
    })
}

#[test]
fn code_and_tests_cite_documents_of_the_repository_only() {
    let mut files = Vec::new();
    for folder in [".ci", ".github", "admin", "console", "functions", "local/src", "shared", "tests"] {
        let kinds = ["css", "html", "js", "md", "py", "rs", "sh", "toml", "yaml", "yml"];
        sources(&root().join(folder), &kinds, &mut files);
    }
    let others = [".ci/run", "Cargo.toml", "Makefile", "deny.toml", "openapi.yaml", "samconfig.toml", "template.yaml"];
    files.extend(others.map(|path| (path.to_owned(), read(path))));
    let unknown: Vec<String> = files.iter().flat_map(|(path, text)| unknown_documents(path, text)).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");

    // Not written out, or this file would be found.
    let planted = "README.? docs/api.?#operations docs/none.? api.? docs/api.?#none".replace('?', "md");
    let found = unknown_documents("shared/planted.rs", &planted);
    let want = ["docs/none.?", "api.?", "docs/api.?#none"].map(|name| name.replace('?', "md"));
    assert_eq!(found, want.map(|name| format!("shared/planted.rs: {name}")));
}
