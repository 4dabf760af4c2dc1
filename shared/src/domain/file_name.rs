//! The name of an uploaded file.

use super::text::{is_made_of, text_type};

text_type! {
    /// A file's name. It is data, never a path: `^[A-Za-z0-9][A-Za-z0-9._-]{0,119}\.(txt|TXT)$`.
    FileName, "must be a file name of letters, digits, '.', '_' or '-' that starts with a letter or digit, \
               ends in .txt or .TXT and has at most 124 characters",
    |text| {
        let stem = text.strip_suffix(".txt").or_else(|| text.strip_suffix(".TXT"));
        stem.is_some_and(|stem| {
            is_made_of(stem, 120, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
                && stem.starts_with(|c: char| c.is_ascii_alphanumeric())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_not_a_path() {
        let (longest, longer) = ("a".repeat(120) + ".txt", "a".repeat(121) + ".txt");
        for (text, want) in [
            ("kits.txt", true),
            ("KITS-2026.01.TXT", true),
            ("a..txt", true),
            (longest.as_str(), true),
            (longer.as_str(), false),
            (".txt", false),
            ("kits.Txt", false),
            ("kits.csv", false),
            ("../kits.txt", false),
            ("a/b.txt", false),
            ("a\\b.txt", false),
            ("a\0.txt", false),
            ("a.txt\n", false),
            ("-a.txt", false),
            ("ä.txt", false),
        ] {
            assert_eq!(FileName::parse(text).is_ok(), want, "{text:?}");
        }
    }
}
