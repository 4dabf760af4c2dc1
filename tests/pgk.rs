//! The file format: every rule broken once, with the exact fault; and files that a generator broke.

use jiff::Timestamp;
use proptest::prelude::*;
use shared::domain::TenantId;
use shared::pgk::{Manifest, Parser, PgkFaults, Slots, parse};

use crate::support::{now, pgk, sealed};

fn tenant() -> TenantId {
    TenantId::parse("ACME_BANK").unwrap()
}

fn faults(file: &[u8], now: Timestamp) -> Vec<String> {
    parse(file, &tenant(), now).err().map(PgkFaults::into_sentences).unwrap_or_default()
}

/// The records of the valid file: header and three details.
fn records() -> Vec<String> {
    String::from_utf8(pgk("valid-3.txt")).unwrap().lines().take(4).map(str::to_owned).collect()
}

/// The valid file with one field of one line replaced, and a trailer that fits.
fn with_field(line: usize, field: usize, value: &str) -> Vec<u8> {
    let mut records = records();
    let mut fields: Vec<&str> = records[line - 1].split('|').collect();
    fields[field] = value;
    records[line - 1] = fields.join("|");
    sealed(&(records.join("\n") + "\n"))
}

const KIT_NO: &str = "must be 1 to 20 of A-Z and 0-9, at most 11 if only digits";
const CREATED: &str = "created: must be a UTC time as YYYYMMDDTHHMMSSZ, at most 5 minutes ahead and 90 days old";
const MASKED: &str = "maskedPan: must be the bin, then X, then 4 digits, panLength characters in all";
const TOKEN: &str = "panToken: must be 16 to 64 letters, digits, '_' or '-', at least one of them a letter";
const EXPIRY: &str = "expiry: must be YYMM from the current month to 10 years ahead";
const FILE_REF: &str = "fileRef: must be 4 to 36 of A-Z, 0-9 and '-', the first not '-'";

#[test]
fn every_rule_of_a_field_is_judged() {
    let long_token = "a".repeat(65);
    for (line, field, value, want) in [
        (1, 1, "DCMSPGX", vec!["line 1: format: must be DCMSPGK".to_owned()]),
        (1, 2, "02", vec!["line 1: version: must be 01".to_owned()]),
        (1, 3, "GLOBEX", vec!["line 1: tenant: must equal the header tenant of the call".to_owned()]),
        (1, 4, "PGK", vec![format!("line 1: {FILE_REF}")]),
        (1, 4, "-PGK-1", vec![format!("line 1: {FILE_REF}")]),
        (1, 4, "pgk-1", vec![format!("line 1: {FILE_REF}")]),
        (1, 5, "20260115T100501Z", vec![format!("line 1: {CREATED}")]),
        (1, 5, "20260115T100500Z", vec![]),
        (1, 5, "20251017T100000Z", vec![]),
        (1, 5, "20251017T095959Z", vec![format!("line 1: {CREATED}")]),
        (1, 5, "20260230T100000Z", vec![format!("line 1: {CREATED}")]),
        (1, 5, "2026-01-15T10:00", vec![format!("line 1: {CREATED}")]),
        (1, 6, "KIT", vec!["line 1: refType: must be DC_KIT or PARENT_KIT".to_owned()]),
        (1, 6, "PARENT_KIT", vec![]),
        (2, 1, "000000", vec!["line 2: seq: must be 000001".to_owned()]),
        (2, 1, "1", vec!["line 2: seq: must be 000001".to_owned()]),
        (2, 1, "0000001", vec!["line 2: seq: must be 000001".to_owned()]),
        (2, 2, "", vec![format!("line 2: kitNo: {KIT_NO}")]),
        (2, 2, "kit1", vec![format!("line 2: kitNo: {KIT_NO}")]),
        (2, 2, "ABCDEFGHIJKLMNOPQRSTU", vec![format!("line 2: kitNo: {KIT_NO}")]),
        (2, 2, " KIT", vec![format!("line 2: kitNo: {KIT_NO}")]),
        (3, 2, "4240161732", vec!["line 3: kitNo: must be unique in the file".to_owned()]),
        (2, 3, "", vec![]),
        (2, 3, "p-1", vec![format!("line 2: parentKitNo: {KIT_NO}")]),
        (2, 4, "06080401", vec!["line 2: bin: must be 6 or 8 digits that do not start with 0".to_owned()]),
        (2, 4, "60804013", vec![format!("line 2: {MASKED}")]),
        (2, 4, "608040", vec![format!("line 2: {MASKED}")]),
        (2, 5, "15", vec!["line 2: panLength: must be 16 to 19".to_owned()]),
        (2, 5, "016", vec!["line 2: panLength: must be 16 to 19".to_owned()]),
        (2, 5, "17", vec![format!("line 2: {MASKED}")]),
        (2, 6, "60804012XXXX275", vec![format!("line 2: {MASKED}")]),
        (2, 6, "60804012xxxx2751", vec![format!("line 2: {MASKED}")]),
        (2, 6, "60804012XXX12751", vec![format!("line 2: {MASKED}")]),
        (2, 7, "short_token_123", vec![format!("line 2: {TOKEN}")]),
        (2, 7, "12345-67890-12345", vec![format!("line 2: {TOKEN}")]),
        (2, 7, &long_token, vec![format!("line 2: {TOKEN}")]),
        (2, 7, "tk.QJ7MZ4V2KXWY3PHN", vec![format!("line 2: {TOKEN}")]),
        (3, 7, "tk_QJ7MZ4V2KXWY3PHNDRTA", vec!["line 3: panToken: must be unique in the file".to_owned()]),
        (2, 8, "2601", vec![]),
        (2, 8, "2512", vec![format!("line 2: {EXPIRY}")]),
        (2, 8, "3601", vec![]),
        (2, 8, "3602", vec![format!("line 2: {EXPIRY}")]),
        (2, 8, "2600", vec![format!("line 2: {EXPIRY}")]),
        (2, 8, "290", vec![format!("line 2: {EXPIRY}")]),
        (2, 9, "", vec!["line 2: productId: must be 1 to 32 letters, digits, '_' or '-'".to_owned()]),
        (2, 9, "PROD 1", vec!["line 2: productId: must be 1 to 32 letters, digits, '_' or '-'".to_owned()]),
        (2, 10, "", vec!["line 2: plasticCode: must be 1 to 10 letters or digits".to_owned()]),
        (2, 10, "7-1", vec!["line 2: plasticCode: must be 1 to 10 letters or digits".to_owned()]),
        (2, 7, "a123456789012bcdef", vec!["line 2: must not hold 12 or more digits in a row".to_owned()]),
        (1, 4, "PGK-4111111111111111", vec!["line 1: must not hold 12 or more digits in a row".to_owned()]),
        (2, 9, "4111-1111-1111-1111", vec!["line 2: productId: must not contain a card number".to_owned()]),
        (2, 7, "4111-1111-1111-1111a", vec!["line 2: panToken: must not contain a card number".to_owned()]),
        (2, 9, "4111_1111_1111_1111", vec!["line 2: productId: must not contain a card number".to_owned()]),
        (3, 7, "tk_4111_1111_1111_1111x", vec!["line 3: panToken: must not contain a card number".to_owned()]),
        (2, 7, "01a69bc2-e278-7703-8396-05ec7b74ba05", vec![]),
        (1, 4, "PGK-4111-1111-1111-1111", vec!["line 1: fileRef: must not contain a card number".to_owned()]),
        (2, 4, "60804", vec!["line 2: bin: must be 6 or 8 digits that do not start with 0".to_owned()]),
        (2, 9, "PROD|1", vec!["line 2: must have 11 fields".to_owned()]),
        (1, 6, "DC_KIT|", vec!["line 1: must have 7 fields".to_owned()]),
        (2, 9, "PR\u{d6}D", vec!["line 2: must hold only ASCII characters 0x20 to 0x7E".to_owned()]),
        (2, 9, "A\tB", vec!["line 2: must hold only ASCII characters 0x20 to 0x7E".to_owned()]),
        (2, 9, "A\rB", vec!["line 2: must hold only ASCII characters 0x20 to 0x7E".to_owned()]),
    ] {
        assert_eq!(faults(&with_field(line, field, value), now()), want, "field {field} of line {line} as {value:?}");
    }
}

#[test]
fn what_is_hidden_must_be_enough() {
    for (bin, length, masked, want) in [
        ("608040", "16", "608040XXXXXX0015", None),
        ("60804012", "16", "60804012XXXX0015", None),
        (
            "60804012",
            "17",
            "60804012XXXXX0015",
            Some(
                "line 2: maskedPan: must hide at least 6 digits, or at least 4 when panLength is 16 and bin has 8 digits",
            ),
        ),
        ("60804012", "18", "60804012XXXXXX0015", None),
        ("608040", "19", "608040XXXXXXXXX0015", None),
    ] {
        let detail = format!("D|000001|K1||{bin}|{length}|{masked}|tk_QJ7MZ4V2KXWY3PHNDRTA|2907|P|71\n");
        let file = sealed(&(records()[0].clone() + "\n" + &detail));
        assert_eq!(faults(&file, now()), want.into_iter().collect::<Vec<_>>(), "{masked}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn every_rule_of_the_whole_file_is_judged() {
    let valid = String::from_utf8(pgk("valid-3.txt")).unwrap();
    let [header, first, second, third] = records().try_into().unwrap();
    let trailer = valid.lines().last().unwrap();
    let long = format!("{second}{}", "x".repeat(512 - second.len()));
    let mixed = valid.replacen('\n', "\r\n", 3);
    let parent = header.replace("DC_KIT", "PARENT_KIT");
    let no_parent = first.replace("|1406464682|", "||");
    for (name, file, want) in [
        ("empty", Vec::new(), vec!["file: must not be empty"]),
        (
            "header only",
            format!("{header}\n").into_bytes(),
            vec!["file: has no detail records", "file: has no trailer"],
        ),
        ("no details", sealed(&format!("{header}\n")), vec!["file: has no detail records"]),
        ("no header", sealed(&format!("{first}\n")), vec!["line 1: must be the H record"]),
        (
            "two headers",
            sealed(&format!("{header}\n{header}\n{first}\n")),
            vec!["line 2: must be a D record or the T record"],
        ),
        (
            "byte order mark",
            sealed(&format!("\u{feff}{header}\n{first}\n")),
            vec!["line 1: must not start with a byte order mark; save the file as plain ASCII"],
        ),
        (
            "a byte order mark hides no other fault",
            format!("\u{feff}{valid}").replace("|71\n", "|7_1\n").into_bytes(),
            vec![
                "line 1: must not start with a byte order mark; save the file as plain ASCII",
                "line 2: plasticCode: must be 1 to 10 letters or digits",
                "line 3: plasticCode: must be 1 to 10 letters or digits",
            ],
        ),
        ("semicolons", valid.replace('|', ";").into_bytes(), vec!["line 1: fields must be separated by |"]),
        ("tabs", valid.replace('|', "\t").into_bytes(), vec!["line 1: fields must be separated by |"]),
        ("quoted fields", valid.replace('|', "\"|\"").into_bytes(), vec!["line 1: fields must not be quoted"]),
        (
            "quoted details",
            valid.replace("|4240161732|", "|\"4240161732\"|").into_bytes(),
            vec!["line 2: fields must not be quoted"],
        ),
        ("CSV", valid.replace('|', "\",\"").into_bytes(), vec!["line 1: fields must not be quoted"]),
        ("UTF-16", utf16(&valid, u16::to_le_bytes), vec!["file: must be ASCII text"]),
        ("UTF-16, big endian", utf16(&valid, u16::to_be_bytes), vec!["file: must be ASCII text"]),
        ("EBCDIC", b"\xC8\x4F\xC4\xC3\xD4\xE2\xD7\xC7\xD2\x4F\xF0\xF1\x15".to_vec(), vec!["file: must be ASCII text"]),
        ("EBCDIC in one line", [b"\xC8".to_vec(), vec![0x4F; 900]].concat(), vec!["file: must be ASCII text"]),
        (
            "a quote in a field",
            valid.replace("PROD-002", "PROD\"2").into_bytes(),
            vec!["line 4: productId: must be 1 to 32 letters, digits, '_' or '-'", "file: sha256 does not match"],
        ),
        (
            "quoted details and types",
            valid.replace("D|000001", "\"D\"|\"000001\"").into_bytes(),
            vec!["line 2: fields must not be quoted"],
        ),
        (
            "Ctrl-Z in the trailer's line",
            format!("{}\u{1a}", valid.trim_end()).into_bytes(),
            vec!["line 5: must not end with a Ctrl-Z (0x1A): remove it"],
        ),
        (
            "Ctrl-Z",
            format!("{valid}\u{1a}").into_bytes(),
            vec!["line 6: must not follow the trailer: remove the Ctrl-Z (0x1A)"],
        ),
        ("blank line", sealed(&format!("{header}\n\n{first}\n")), vec!["line 2: must not be blank"]),
        (
            "unknown record",
            sealed(&format!("{header}\nX|1\n{first}\n")),
            vec!["line 2: must be a D record or the T record"],
        ),
        (
            "512 bytes",
            sealed(&format!("{header}\n{first}\n{long}\n")),
            vec!["line 3: plasticCode: must be 1 to 10 letters or digits"],
        ),
        ("513 bytes", sealed(&format!("{header}\n{first}\n{long}x\n")), vec!["line 3: must be at most 512 bytes"]),
        (
            "long card number",
            sealed(&format!("{header}\n{first}\n{long}{}4111111111111111\n", "y".repeat(900))),
            vec!["line 3: must not hold 12 or more digits in a row"],
        ),
        (
            "an unreadable line is one fault",
            sealed(&format!("{header}\n{first}\n{}\n {second}\n{third}\n", "y".repeat(600))),
            vec!["line 3: must be at most 512 bytes", "line 4: must be a D record or the T record"],
        ),
        (
            "a trailer too long is no missing one",
            format!("{header}\n{first}\nT|{}\n", "0|".repeat(300)).into_bytes(),
            vec!["line 3: must be at most 512 bytes"],
        ),
        ("cut off", format!("{header}\n{first}\n").into_bytes(), vec!["file: has no trailer"]),
        ("after the trailer", format!("{valid}{first}\n").into_bytes(), vec!["line 6: must not follow the trailer"]),
        (
            "blank after the trailer",
            format!("{valid}\n").into_bytes(),
            vec!["line 6: must not follow the trailer: remove the blank line"],
        ),
        ("no last line end", valid.trim_end().as_bytes().to_vec(), vec![]),
        ("CRLF", valid.replace('\n', "\r\n").into_bytes(), vec![]),
        ("CRLF, no last line end", valid.trim_end().replace('\n', "\r\n").into_bytes(), vec![]),
        ("CRLF, then LF", mixed.into_bytes(), vec!["line 4: must end with CRLF like the lines before it"]),
        (
            "LF, then CRLF",
            valid.replace(&format!("{second}\n"), &format!("{second}\r\n")).into_bytes(),
            vec!["line 3: must end with LF like the lines before it"],
        ),
        (
            "parent required",
            sealed(&format!("{parent}\n{no_parent}\n{second}\n")),
            vec!["line 2: parentKitNo: is required when refType is PARENT_KIT"],
        ),
        (
            "details counted wrong",
            valid.replace("T|000003", "T|000004").into_bytes(),
            vec!["line 5: detailCount: must be 000003"],
        ),
        (
            "lines counted wrong",
            valid.replace("|000005|", "|5|").into_bytes(),
            vec!["line 5: lineCount: must be 000005"],
        ),
        (
            "sum wrong",
            valid.replace("|0000005535|", "|0000005536|").into_bytes(),
            vec!["line 5: last4Total: must be the sum of the last four digits of every maskedPan"],
        ),
        (
            "sum malformed",
            valid.replace("|0000005535|", "|5535|").into_bytes(),
            vec!["line 5: last4Total: must be digits, zero-padded to 10"],
        ),
        (
            "digest malformed",
            valid.replace("f08a40b2", "F08A40B2").into_bytes(),
            vec!["line 5: sha256: must be 64 lower-case hex digits"],
        ),
        ("trailer fields", valid.replace("T|", "T||").into_bytes(), vec!["line 5: must have 5 fields"]),
        (
            "totals after an unreadable line",
            format!(
                "{header}\n{first}\nX\n{second}\n{third}\nT|000009|000009|0000000009|{}\n",
                &trailer[trailer.len() - 64..]
            )
            .into_bytes(),
            vec!["line 3: must be a D record or the T record", "file: sha256 does not match"],
        ),
    ] {
        assert_eq!(faults(&file, now()), want, "{name}");
    }
}

#[test]
fn fifty_faults_are_kept_and_the_rest_counted() {
    let details: String = (0..60).map(|_| "X\n").collect();
    let faults = faults(&sealed(&format!("{}\n{details}", records()[0])), now());
    assert_eq!(faults.len(), 51);
    assert_eq!(faults[0], "line 2: must be a D record or the T record");
    assert_eq!(faults[50], "… and 10 more");
}

#[test]
fn a_valid_file_says_what_it_holds() {
    let manifest = parse(&pgk("valid-3.txt"), &tenant(), now()).unwrap();
    let groups: Vec<(&str, u32)> =
        manifest.groups.iter().map(|group| (group.product_id.as_str(), group.quantity)).collect();
    assert_eq!((manifest.details, groups), (3, vec![("PROD-001", 2), ("PROD-002", 1)]));
    let blocks = manifest.kits.into_blocks();
    let blocks: Vec<(String, Slots)> = blocks.after(None).map(|(key, slots)| (key.to_string(), slots)).collect();
    assert_eq!(blocks, [("4240161#3".to_owned(), (732..735).collect())]);
}

fn in_chunks(file: &[u8], bytes: usize) -> Result<Manifest, PgkFaults> {
    let mut parser = Parser::new(&tenant(), now());
    for chunk in file.chunks(bytes) {
        parser.feed(chunk);
    }
    parser.finish()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A valid file with one byte changed is never valid: the digest alone would tell.
    #[test]
    fn a_changed_byte_is_found(at in 0_usize..464, byte in any::<u8>()) {
        let mut file = pgk("valid-3.txt");
        let at = at % file.len();
        prop_assume!(file[at] != byte);
        file[at] = byte;
        prop_assert!(parse(&file, &tenant(), now()).is_err());
    }

    /// What the parser says does not depend on where the file is cut.
    #[test]
    fn chunks_change_nothing(mutation in 0_usize..464, byte in any::<u8>(), bytes in 1_usize..600) {
        let mut file = pgk("valid-3.txt");
        let at = mutation % file.len();
        file[at] = byte;
        let whole = parse(&file, &tenant(), now()).map(|manifest| manifest.details);
        prop_assert_eq!(in_chunks(&file, bytes).map(|manifest| manifest.details), whole);
    }

    /// No bytes make it panic, and no sentence holds a value.
    #[test]
    fn garbage_is_refused(file in "[HDT0-9A-Z|\\n\\r ]{0,3000}") {
        let faults = faults(file.as_bytes(), now());
        prop_assert!(!faults.is_empty());
    }
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}
