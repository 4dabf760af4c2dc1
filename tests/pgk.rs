//! The file format: every rule broken once, with the exact fault; and files that a generator broke.

use jiff::Timestamp;
use proptest::prelude::*;
use shared::domain::TenantId;
use shared::pgk::{Blocks, Manifest, Parser, PgkFaults, Slots, parse};

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

const KIT_NO: &str = "kitNo: must be 1 to 20 of A-Z and 0-9, at most 11 if only digits";
const PARENT: &str = "parentKitNo: must be 1 to 20 of A-Z and 0-9, at most 11 if only digits";
const CREATED: &str = "created: must be a UTC time as YYYYMMDDTHHMMSSZ, at most 5 minutes ahead and 90 days old";
const BIN: &str = "bin: must be 6 or 8 digits that do not start with 0";
const MASKED: &str = "maskedPan: must be the bin, then X, then 4 digits, panLength characters in all";
const HIDDEN: &str = "maskedPan: must hide at least 6 digits, or at least 4 when panLength is 16 and bin has 8 digits";
const TOKEN: &str = "panToken: must be 16 to 64 letters, digits, '_' or '-', at least one of them a letter";
const EXPIRY: &str = "expiry: must be YYMM from the current month to 10 years ahead";
const FILE_REF: &str = "fileRef: must be 4 to 36 of A-Z, 0-9 and '-', the first not '-'";
const PRODUCT: &str = "productId: must be 1 to 32 letters, digits, '_' or '-'";
const PLASTIC: &str = "plasticCode: must be 1 to 10 letters or digits";
const RUN: &str = "must not hold 12 or more digits in a row";
const ASCII: &str = "must hold only ASCII characters 0x20 to 0x7E";

#[test]
fn every_rule_of_a_field_is_judged() {
    let long_token = "a".repeat(65);
    for (line, field, want, values) in [
        (1, 1, "format: must be DCMSPGK", &["DCMSPGX"][..]),
        (1, 2, "version: must be 01", &["02"]),
        (1, 3, "tenant: must equal the header tenant of the call", &["GLOBEX"]),
        (1, 4, FILE_REF, &["PGK", "-PGK-1", "pgk-1"]),
        (1, 4, RUN, &["PGK-4111111111111111"]),
        (1, 4, "fileRef: must not contain a card number", &["PGK-4111-1111-1111-1111"]),
        (1, 5, CREATED, &["20260115T100501Z", "20251017T095959Z", "20260230T100000Z", "2026-01-15T10:00"]),
        (1, 6, "refType: must be DC_KIT or PARENT_KIT", &["KIT"]),
        (1, 6, "must have 7 fields", &["DC_KIT|"]),
        (2, 1, "seq: must be 000001", &["000000", "1", "0000001"]),
        (2, 2, KIT_NO, &["", "kit1", "ABCDEFGHIJKLMNOPQRSTU", " KIT"]),
        (3, 2, "kitNo: must be unique in the file", &["4240161732"]),
        (2, 3, PARENT, &["p-1"]),
        (2, 4, BIN, &["06080401", "60804"]),
        (2, 4, MASKED, &["60804013", "608040"]),
        (2, 5, "panLength: must be 16 to 19", &["15", "016"]),
        (2, 5, MASKED, &["17"]),
        (2, 6, MASKED, &["60804012XXXX275", "60804012xxxx2751", "60804012XXX12751"]),
        (2, 7, TOKEN, &["short_token_123", "12345-67890-12345", &long_token, "tk.QJ7MZ4V2KXWY3PHN"]),
        (2, 7, RUN, &["a123456789012bcdef"]),
        (2, 7, "panToken: must not contain a card number", &["4111-1111-1111-1111a"]),
        (3, 7, "panToken: must not contain a card number", &["tk_4111_1111_1111_1111x"]),
        (3, 7, "panToken: must be unique in the file", &["tk_QJ7MZ4V2KXWY3PHNDRTA"]),
        (2, 8, EXPIRY, &["2512", "3602", "2600", "290"]),
        (2, 9, PRODUCT, &["", "PROD 1"]),
        (2, 9, "productId: must not contain a card number", &["4111-1111-1111-1111", "4111_1111_1111_1111"]),
        (2, 9, "must have 11 fields", &["PROD|1"]),
        (2, 9, ASCII, &["PR\u{d6}D", "A\tB", "A\rB"]),
        (2, 10, PLASTIC, &["", "7-1"]),
    ] {
        for value in values {
            let found = faults(&with_field(line, field, value), now());
            assert_eq!(found, [format!("line {line}: {want}")], "field {field} of line {line} as {value:?}");
        }
    }
    for (line, field, value) in [
        (1, 5, "20260115T100500Z"),
        (1, 5, "20251017T100000Z"),
        (1, 6, "PARENT_KIT"),
        (2, 3, ""),
        (2, 7, "01a69bc2-e278-7703-8396-05ec7b74ba05"),
        (2, 8, "2601"),
        (2, 8, "3601"),
    ] {
        let found = faults(&with_field(line, field, value), now());
        assert_eq!(found, [""; 0], "field {field} of line {line} as {value:?}");
    }
}

#[test]
fn what_is_hidden_must_be_enough() {
    for (bin, length, masked, want) in [
        ("608040", "16", "608040XXXXXX0015", None),
        ("60804012", "16", "60804012XXXX0015", None),
        ("60804012", "17", "60804012XXXXX0015", Some(format!("line 2: {HIDDEN}"))),
        ("60804012", "18", "60804012XXXXXX0015", None),
        ("608040", "19", "608040XXXXXXXXX0015", None),
    ] {
        let detail = format!("D|000001|K1||{bin}|{length}|{masked}|tk_QJ7MZ4V2KXWY3PHNDRTA|2907|P|71\n");
        let file = sealed(&(records()[0].clone() + "\n" + &detail));
        assert_eq!(faults(&file, now()), want.into_iter().collect::<Vec<_>>(), "{masked}");
    }
}

/// These records and a trailer that fits.
fn with_trailer(records: &[&str]) -> String {
    String::from_utf8(sealed(&(records.join("\n") + "\n"))).unwrap()
}

const MARK: &str = "line 1: must not start with a byte order mark; save the file as plain ASCII";

#[test]
fn every_rule_of_the_whole_file_is_judged() {
    let valid = String::from_utf8(pgk("valid-3.txt")).unwrap();
    let records = records();
    let [header, first, second, third] = [0, 1, 2, 3].map(|line| records[line].as_str());
    let digest = &valid.trim_end()[valid.trim_end().len() - 64..];
    let long = format!("{second}{}", "x".repeat(512 - second.len()));
    let parent = header.replace("DC_KIT", "PARENT_KIT");
    let no_parent = first.replace("|1406464682|", "||");
    let long_card = format!("{long}{}4111111111111111", "y".repeat(900));
    let unread = format!("{header}\n{first}\nX\n{second}\n{third}\nT|000009|000009|0000000009|{digest}\n");
    let overlong = "y".repeat(600);
    for (name, file, want) in [
        ("empty", String::new(), &["file: must not be empty"][..]),
        ("header only", format!("{header}\n"), &["file: has no detail records", "file: has no trailer"]),
        ("no details", with_trailer(&[header]), &["file: has no detail records"]),
        ("no header", with_trailer(&[first]), &["line 1: must be the H record"]),
        ("two headers", with_trailer(&[header, header, first]), &["line 2: must be a D record or the T record"]),
        ("byte order mark", with_trailer(&[&format!("\u{feff}{header}"), first]), &[MARK]),
        (
            "a byte order mark hides no other fault",
            format!("\u{feff}{valid}").replace("|71\n", "|7_1\n"),
            &[MARK, &format!("line 2: {PLASTIC}"), &format!("line 3: {PLASTIC}")],
        ),
        ("semicolons", valid.replace('|', ";"), &["line 1: fields must be separated by |"]),
        ("tabs", valid.replace('|', "\t"), &["line 1: fields must be separated by |"]),
        ("quoted fields", valid.replace('|', "\"|\""), &["line 1: fields must not be quoted"]),
        ("CSV", valid.replace('|', "\",\""), &["line 1: fields must not be quoted"]),
        ("quoted kits", valid.replace("|4240161732|", "|\"4240161732\"|"), &["line 2: fields must not be quoted"]),
        ("quoted types", valid.replace("D|000001", "\"D\"|\"000001\""), &["line 2: fields must not be quoted"]),
        (
            "a quote in a field",
            valid.replace("PROD-002", "PROD\"2"),
            &[&format!("line 4: {PRODUCT}"), "file: sha256 does not match"],
        ),
        (
            "Ctrl-Z in the trailer's line",
            format!("{}\u{1a}", valid.trim_end()),
            &["line 5: must not end with a Ctrl-Z (0x1A): remove it"],
        ),
        ("Ctrl-Z", format!("{valid}\u{1a}"), &["line 6: must not follow the trailer: remove the Ctrl-Z (0x1A)"]),
        ("blank line", with_trailer(&[header, "", first]), &["line 2: must not be blank"]),
        ("unknown record", with_trailer(&[header, "X|1", first]), &["line 2: must be a D record or the T record"]),
        ("512 bytes", with_trailer(&[header, first, &long]), &[&format!("line 3: {PLASTIC}")]),
        ("513 bytes", with_trailer(&[header, first, &(long.clone() + "x")]), &["line 3: must be at most 512 bytes"]),
        ("long card number", with_trailer(&[header, first, &long_card]), &[&format!("line 3: {RUN}")]),
        (
            "an unreadable line is one fault",
            with_trailer(&[header, first, &overlong, &format!(" {second}"), third]),
            &["line 3: must be at most 512 bytes", "line 4: must be a D record or the T record"],
        ),
        (
            "a trailer too long is no missing one",
            format!("{header}\n{first}\nT|{}\n", "0|".repeat(300)),
            &["line 3: must be at most 512 bytes"],
        ),
        ("cut off", format!("{header}\n{first}\n"), &["file: has no trailer"]),
        ("after the trailer", format!("{valid}{first}\n"), &["line 6: must not follow the trailer"]),
        ("blank at the end", format!("{valid}\n"), &["line 6: must not follow the trailer: remove the blank line"]),
        ("no last line end", valid.trim_end().to_owned(), &[]),
        ("CRLF", valid.replace('\n', "\r\n"), &[]),
        ("CRLF, no last line end", valid.trim_end().replace('\n', "\r\n"), &[]),
        ("CRLF, then LF", valid.replacen('\n', "\r\n", 3), &["line 4: must end with CRLF like the lines before it"]),
        (
            "LF, then CRLF",
            valid.replace(&format!("{second}\n"), &format!("{second}\r\n")),
            &["line 3: must end with LF like the lines before it"],
        ),
        (
            "parent required",
            with_trailer(&[&parent, &no_parent, second]),
            &["line 2: parentKitNo: is required when refType is PARENT_KIT"],
        ),
        ("details counted wrong", valid.replace("T|000003", "T|000004"), &["line 5: detailCount: must be 000003"]),
        ("lines counted wrong", valid.replace("|000005|", "|5|"), &["line 5: lineCount: must be 000005"]),
        (
            "sum wrong",
            valid.replace("|0000005535|", "|0000005536|"),
            &["line 5: last4Total: must be the sum of the last four digits of every maskedPan"],
        ),
        (
            "sum malformed",
            valid.replace("|0000005535|", "|5535|"),
            &["line 5: last4Total: must be digits, zero-padded to 10"],
        ),
        (
            "digest malformed",
            valid.replace("f08a40b2", "F08A40B2"),
            &["line 5: sha256: must be 64 lower-case hex digits"],
        ),
        ("trailer fields", valid.replace("T|", "T||"), &["line 5: must have 5 fields"]),
        (
            "totals after an unreadable line",
            unread,
            &["line 3: must be a D record or the T record", "file: sha256 does not match"],
        ),
    ] {
        assert_eq!(faults(file.as_bytes(), now()), want, "{name}");
    }
}

#[test]
fn a_file_that_is_no_ascii_text_has_that_one_fault() {
    let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        String::from_utf8(pgk("valid-3.txt")).unwrap().encode_utf16().flat_map(bytes).collect()
    };
    for (name, file) in [
        ("UTF-16", utf16(u16::to_le_bytes)),
        ("UTF-16, big endian", utf16(u16::to_be_bytes)),
        ("EBCDIC", b"\xC8\x4F\xC4\xC3\xD4\xE2\xD7\xC7\xD2\x4F\xF0\xF1\x15".to_vec()),
        ("EBCDIC in one line", [b"\xC8".to_vec(), vec![0x4F; 900]].concat()),
    ] {
        assert_eq!(faults(&file, now()), ["file: must be ASCII text"], "{name}");
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
    let blocks = Blocks::from(manifest.kits);
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
