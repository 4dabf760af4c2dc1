//! Compares the parser with a naive one that follows docs/pgk-format.md sentence by sentence: both agree on every file.

mod fields;
mod naive;
mod rules;

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use shared::domain::TenantId;
use shared::pgk::{Blocks, Parser, PgkFaults};

use crate::support::now;
use naive::Held;

/// Returns the result of our parser, fed in chunks of these sizes in turn.
fn ours(file: &[u8], chunks: &[usize]) -> Result<Held, Vec<String>> {
    let mut parser = Parser::new(&TenantId::parse("ACME_BANK").unwrap(), now());
    let mut rest = file;
    for bytes in chunks.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (chunk, remaining) = rest.split_at(rest.len().min(*bytes));
        parser.feed(chunk);
        rest = remaining;
    }
    let manifest = parser.finish().map_err(PgkFaults::into_sentences)?;
    assert_eq!(manifest.digest.0, <[u8; 32]>::from(Sha256::digest(file)), "the digest of the file");
    assert_eq!(manifest.groups.iter().map(|group| group.quantity).sum::<u32>(), manifest.details);
    let groups = manifest.groups.iter().map(|group| {
        let length = group.pan_length.get().to_string();
        let texts = (group.product_id.as_str(), group.bin.number().to_string(), group.plastic_code.as_str(), length);
        ((texts.0.to_owned(), texts.1, texts.2.to_owned(), texts.3), group.quantity)
    });
    let (groups, blocks) = (groups.collect(), Blocks::from(manifest.kits));
    let kits = blocks.after(None).flat_map(|(key, slots)| key.kits(slots)).map(|kit| kit.to_string());
    Ok(Held { kits: kits.collect(), groups })
}

/// A detail without its number. The kits and tokens of a file have one form, so that most lines look alike.
fn detail(kit: &'static str, token: &'static str) -> impl Strategy<Value = String> {
    let kind = prop_oneof![
        6 => Just(("60804012|16|60804012XXXX", "2907|PROD-001|71")),
        2 => Just(("608040|16|608040XXXXXX", "2907|PROD-001|71")),
        1 => Just(("608040|19|608040XXXXXXXXX", "3001|P|BLUE")),
        1 => Just(("60804012|18|60804012XXXXXX", "2601|product_2|b1")),
    ];
    let parent = prop_oneof![6 => "[0-9]{10}", 1 => "P[A-Z0-9]{14}", 1 => ""];
    (kind, kit, parent, 0..10_000_u32, token)
        .prop_map(|((card, rest), kit, parent, last4, token)| format!("{kit}|{parent}|{card}{last4:04}|{token}|{rest}"))
}

/// The lines of a file whose fields are mostly valid.
fn records() -> impl Strategy<Value = Vec<String>> {
    let ref_type = prop_oneof![4 => Just("DC_KIT"), 1 => Just("PARENT_KIT")];
    let kits = ["K[A-Z0-9]{3}[0-9]{5}", "[0-9]{11}", "[A-Z]{1,20}", "[A-Z0-9]{7}Z[0-9]{8}", "[0-9]{9}[A-Z][0-9]{10}"];
    let tokens = ["tk_[A-Z0-9]{20}", "[a-z][A-Za-z0-9_-]{15,63}", "[0-9_-]{15}a", "[0-9]{10}-[a-z0-9]{8}"];
    let details = (proptest::sample::select(kits.to_vec()), proptest::sample::select(tokens.to_vec()))
        .prop_flat_map(|(kit, token)| proptest::collection::vec(detail(kit, token), 1..40));
    (ref_type, details).prop_map(|(ref_type, details)| {
        let header = format!("H|DCMSPGK|01|ACME_BANK|PGK-20260115-0001|20260115T093000Z|{ref_type}");
        let details = details.iter().enumerate().map(|(index, detail)| format!("D|{:06}|{detail}", index + 1));
        std::iter::once(header).chain(details).collect()
    })
}

/// A change to a file. Positions are taken modulo the number of lines or fields.
#[derive(Debug, Clone)]
enum Mutation {
    Byte(usize, u8),
    Insert(usize, String),
    Field(usize, usize, String),
    /// Replaces a field with these bytes, at the same length.
    Filled(usize, usize, &'static str),
    SwapFields(usize, usize, usize),
    SwapLines(usize, usize),
    DoubleLine(usize, usize),
    DropLine(usize),
    Line(usize, String),
    CarriageReturn(usize),
    AllCarriageReturns,
    CutOff(usize),
    /// Makes the trailer fit the changes so far.
    Seal,
}

#[rustfmt::skip]
const FILLINGS: &[&str] =
    &["0", "1234567890", "7-", "12345678901-", "5_", "4111-1111-1111-1111-", "A", "Z9", "X", ":", "[", "`", ".", "a", " "];

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = || any::<usize>();
    let value = prop_oneof![
        Just(String::new()),
        "[ -~]{1,24}",
        "[0-9]{1,13}",
        "[0-9-]{14,24}",
        "[A-Z0-9]{19,22}",
        Just("4111-1111-1111-1111a".to_owned()),
        Just("60804012XXXXX0015".to_owned()),
        Just("000001".to_owned()),
        Just("20260230T093000Z".to_owned()),
    ];
    let line = prop_oneof![
        Just(String::new()),
        "[HDTX][|]?[0-9A-Z|]{0,30}",
        "[DTX][|][a-z|]{508,514}",
        "[DTX][|][a-z0-9|]{700}[0-9]{0,14}",
        "T[|]000001[|]000003[|]0000000001[|][0-9a-f]{64}",
    ];
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Mutation::Byte(at, byte)),
        (at(), prop_oneof!["[0-9]{1,12}", "[|]", "\u{e9}", "\n", "\r\n", "\r"])
            .prop_map(|(at, text)| Mutation::Insert(at, text)),
        (at(), at(), value.clone()).prop_map(|(line, field, value)| Mutation::Field(line, field, value)),
        (at(), at(), proptest::sample::select(FILLINGS))
            .prop_map(|(line, field, bytes)| Mutation::Filled(line, field, bytes)),
        (at(), at(), value).prop_map(|(line, field, value)| Mutation::Field(line, field, value)),
        (at(), at(), at()).prop_map(|(line, one, other)| Mutation::SwapFields(line, one, other)),
        (at(), at()).prop_map(|(one, other)| Mutation::SwapLines(one, other)),
        (at(), at()).prop_map(|(line, to)| Mutation::DoubleLine(line, to)),
        at().prop_map(Mutation::DropLine),
        (at(), line).prop_map(|(at, line)| Mutation::Line(at, line)),
        at().prop_map(Mutation::CarriageReturn),
        Just(Mutation::AllCarriageReturns),
        at().prop_map(Mutation::CutOff),
        Just(Mutation::Seal),
        Just(Mutation::Seal),
    ]
}

/// Returns the file with a trailer that counts the lines before it.
fn sealed(file: &[u8]) -> Vec<u8> {
    let is_crlf = file.windows(2).any(|two| two == b"\r\n");
    let mut lines: Vec<&[u8]> =
        file.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
    lines.truncate(lines.iter().rposition(|line| line.starts_with(b"T")).unwrap_or(lines.len()));
    let details: Vec<&&[u8]> = lines.iter().filter(|line| line.starts_with(b"D|")).collect();
    let last4 = details.iter().filter_map(|line| {
        let masked = std::str::from_utf8(line).ok()?.split('|').nth(6)?;
        masked.get(masked.len().checked_sub(4)?..)?.parse::<u64>().ok()
    });
    let (last4, details) = (last4.sum::<u64>(), details.len());
    let digest = Sha256::digest(lines.iter().flat_map(|line| [*line, b"\n"].concat()).collect::<Vec<u8>>());
    let trailer = format!("T|{details:06}|{:06}|{last4:010}|{}", lines.len() + 1, hex::encode(digest));
    lines.push(trailer.as_bytes());
    let end: &[u8] = if is_crlf { b"\r\n" } else { b"\n" };
    lines.iter().flat_map(|line| [*line, end].concat()).collect()
}

fn mutated(file: Vec<u8>, mutation: &Mutation) -> Vec<u8> {
    let mut file = file;
    let mut lines: Vec<Vec<u8>> = file.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let (bytes, count) = (file.len().max(1), lines.len().max(1));
    if file.is_empty() {
        return file;
    }
    match mutation {
        Mutation::Byte(at, byte) => file[at % bytes] = *byte,
        Mutation::Insert(at, text) => {
            file.splice(at % bytes..at % bytes, text.bytes());
        }
        Mutation::CutOff(at) => file.truncate(at % bytes),
        Mutation::Seal => file = sealed(&file),
        Mutation::AllCarriageReturns => {
            file = lines
                .iter()
                .flat_map(|line| line.strip_suffix(b"\n").map_or(line.clone(), |line| [line, b"\r\n"].concat()))
                .collect();
        }
        by_line => {
            match by_line {
                Mutation::Field(line, field, value) => {
                    let mut fields: Vec<&[u8]> = lines[line % count].split(|byte| *byte == b'|').collect();
                    let field = field % fields.len();
                    fields[field] = value.as_bytes();
                    let end: &[u8] = if field == fields.len() - 1 { b"\n" } else { b"" };
                    lines[line % count] = [&fields.join(&b'|'), end].concat();
                }
                Mutation::Filled(line, field, bytes) => {
                    let line = &mut lines[line % count];
                    let starts: Vec<usize> =
                        (0..line.len()).filter(|place| *place == 0 || line[place - 1] == b'|').collect();
                    let field = line[starts[field % starts.len()]..].iter_mut();
                    let field = field.take_while(|byte| !matches!(byte, b'|' | b'\r' | b'\n'));
                    field.zip(bytes.bytes().cycle()).for_each(|(byte, filling)| *byte = filling);
                }
                Mutation::SwapFields(line, one, other) => {
                    let mut fields: Vec<&[u8]> = lines[line % count].split(|byte| *byte == b'|').collect();
                    let length = fields.len();
                    fields.swap(one % length, other % length);
                    lines[line % count] = fields.join(&b'|');
                }
                Mutation::SwapLines(one, other) => lines.swap(one % count, other % count),
                Mutation::DoubleLine(line, to) => lines.insert(to % count, lines[line % count].clone()),
                Mutation::DropLine(line) => drop(lines.remove(line % count)),
                Mutation::Line(at, line) => lines.insert(at % count, [line.as_bytes(), b"\n"].concat()),
                Mutation::CarriageReturn(line) => {
                    let line = &mut lines[line % count];
                    line.insert(line.len() - 1, b'\r');
                }
                _ => {}
            }
            file = lines.concat();
        }
    }
    file
}

fn chunks() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(prop_oneof![1 => 1..5_usize, 1 => 1..700_usize, 3 => 1_000..100_000_usize], 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_every_file_both_say_the_same(
        records in records(),
        mutations in proptest::collection::vec(mutation(), 0..6),
        chunks in chunks(),
    ) {
        let file = sealed((records.join("\n") + "\n").as_bytes());
        let file = mutations.iter().fold(file, mutated);
        let (ours, theirs) = (ours(&file, &chunks), naive::parse(&file, "ACME_BANK", now()));
        prop_assert_eq!(ours, theirs, "{}", String::from_utf8_lossy(&file));
    }
}
