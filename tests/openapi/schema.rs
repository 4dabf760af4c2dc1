//! Judges a value by a schema. It knows the keywords of OpenAPI 3.0 that our document uses, and no other: a keyword that
//! it would pass over is an error.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::Regex;
use serde_json::{Map, Value};

/// Says something about a value, and rules nothing out.
const ANNOTATIONS: [&str; 4] = ["default", "description", "example", "format"];

/// Judges values by the schemas of one document.
pub struct Judge<'a> {
    document: &'a Value,
    faults: Vec<String>,
}

/// Returns what a value breaks, each with its place in it.
pub fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut judge = Judge { document, faults: Vec::new() };
    judge.value(schema, value, "");
    judge.faults
}

/// Follows a `$ref` within the document.
pub fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => {
            let place = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} is outside"));
            resolve(document, document.pointer(place).unwrap_or_else(|| panic!("{reference} leads nowhere")))
        }
        None => schema,
    }
}

/// Whether a text has a match of a pattern. Our patterns mean the same in ECMA 262 and here: no `\d`, `\w`, `\s`, no look-around.
fn matches(pattern: &str, text: &str) -> bool {
    thread_local!(static PATTERNS: RefCell<HashMap<String, Regex>> = RefCell::default());
    PATTERNS.with_borrow_mut(|patterns| {
        let compiled = patterns
            .entry(pattern.to_owned())
            .or_insert_with(|| Regex::new(pattern).unwrap_or_else(|error| panic!("{error}")));
        compiled.is_match(text)
    })
}

impl Judge<'_> {
    fn fault(&mut self, at: &str, what: &str) {
        self.faults.push(format!("{at}: {what}"));
    }

    fn value(&mut self, schema: &Value, value: &Value, at: &str) {
        let schema = resolve(self.document, schema).as_object().unwrap_or_else(|| panic!("{at}: no schema"));
        let is_nullable = schema.get("nullable") == Some(&Value::Bool(true));
        if value.is_null() && is_nullable {
            return;
        }
        for (keyword, rule) in schema {
            match (keyword.as_str(), value) {
                ("type", _) => {
                    if !is_of_type(rule, value) {
                        self.fault(at, &format!("is not of type {rule}"));
                    }
                }
                ("enum", _) => {
                    if !rule.as_array().unwrap().contains(value) {
                        self.fault(at, "is not one of the values");
                    }
                }
                ("allOf" | "anyOf" | "oneOf", _) => self.combination(keyword, rule, value, at),
                ("properties" | "additionalProperties" | "required" | "maxProperties", Value::Object(entries)) => {
                    self.object(schema, keyword, entries, at);
                }
                ("items" | "minItems" | "maxItems" | "uniqueItems", Value::Array(items)) => {
                    self.array(keyword, rule, items, at);
                }
                ("minLength" | "maxLength" | "pattern" | "format", Value::String(text)) => {
                    self.text(keyword, rule, text, at);
                }
                ("minimum" | "maximum", Value::Number(number)) => {
                    let (number, limit) = (number.as_f64().unwrap(), rule.as_f64().unwrap());
                    if if keyword == "minimum" { number < limit } else { number > limit } {
                        self.fault(at, &format!("is beyond the {keyword}"));
                    }
                }
                ("nullable", _) => {}
                (annotation, _) if ANNOTATIONS.contains(&annotation) => {}
                (known, _) if is_keyword(known) => {}
                (unknown, _) => panic!("{at}: the keyword {unknown} is not known here"),
            }
        }
    }

    fn combination(&mut self, keyword: &str, branches: &Value, value: &Value, at: &str) {
        let branches = branches.as_array().unwrap();
        if keyword == "allOf" {
            for branch in branches {
                self.value(branch, value, at);
            }
            return;
        }
        let met = branches.iter().filter(|branch| faults(self.document, branch, value).is_empty()).count();
        if met == 0 || met > 1 && keyword == "oneOf" {
            self.fault(at, &format!("meets {met} branches of {keyword}"));
        }
    }

    fn object(&mut self, schema: &Map<String, Value>, keyword: &str, entries: &Map<String, Value>, at: &str) {
        let rule = &schema[keyword];
        match keyword {
            "required" => {
                for key in rule.as_array().unwrap().iter().filter_map(Value::as_str) {
                    if !entries.contains_key(key) {
                        self.fault(&format!("{at}/{key}"), "is required");
                    }
                }
            }
            "maxProperties" => {
                if entries.len() as u64 > rule.as_u64().unwrap() {
                    self.fault(at, "has too many keys");
                }
            }
            "properties" => {
                for (key, property) in rule.as_object().unwrap() {
                    if let Some(value) = entries.get(key) {
                        self.value(property, value, &format!("{at}/{key}"));
                    }
                }
            }
            _ => {
                let is_known = |key: &str| schema.get("properties").is_some_and(|known| known.get(key).is_some());
                for (key, value) in entries.iter().filter(|(key, _)| !is_known(key)) {
                    match rule {
                        Value::Bool(false) => self.fault(&format!("{at}/{key}"), "is not a known key"),
                        Value::Bool(true) => {}
                        rule => self.value(rule, value, &format!("{at}/{key}")),
                    }
                }
            }
        }
    }

    fn array(&mut self, keyword: &str, rule: &Value, items: &[Value], at: &str) {
        match keyword {
            "items" => {
                for (index, item) in items.iter().enumerate() {
                    self.value(rule, item, &format!("{at}/{index}"));
                }
            }
            "minItems" if (items.len() as u64) < rule.as_u64().unwrap() => self.fault(at, "has too few items"),
            "maxItems" if items.len() as u64 > rule.as_u64().unwrap() => self.fault(at, "has too many items"),
            "uniqueItems" if items.iter().enumerate().any(|(index, item)| items[..index].contains(item)) => {
                self.fault(at, "has an item twice");
            }
            _ => {}
        }
    }

    fn text(&mut self, keyword: &str, rule: &Value, text: &str, at: &str) {
        let chars = text.chars().count() as u64;
        match keyword {
            "minLength" if chars < rule.as_u64().unwrap() => self.fault(at, "is too short"),
            "maxLength" if chars > rule.as_u64().unwrap() => self.fault(at, "is too long"),
            "pattern" if !matches(rule.as_str().unwrap(), text) => self.fault(at, "does not match the pattern"),
            "format" if rule == "date-time" && text.parse::<jiff::Timestamp>().is_err() => {
                self.fault(at, "is not a point in time");
            }
            _ => {}
        }
    }
}

fn is_of_type(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        // As OpenAPI 3.0 has it: a number written without a fraction or exponent.
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("no type {other}"),
    }
}

fn is_keyword(name: &str) -> bool {
    const OF_OBJECTS: [&str; 4] = ["properties", "additionalProperties", "required", "maxProperties"];
    const OF_ARRAYS: [&str; 4] = ["items", "minItems", "maxItems", "uniqueItems"];
    const OF_OTHERS: [&str; 5] = ["minLength", "maxLength", "pattern", "minimum", "maximum"];
    OF_OBJECTS.iter().chain(&OF_ARRAYS).chain(&OF_OTHERS).any(|known| *known == name)
}

#[test]
fn a_schema_rules_out_what_it_says() {
    let document = serde_json::json!({ "short": { "type": "string", "maxLength": 2 } });
    let judge = |schema: Value, value: Value| faults(&document, &schema, &value);
    for (schema, good, bad) in [
        (r##"{"$ref": "#/short"}"##, r#""éé""#, r#""abc""#),
        (r#"{"type": "integer", "minimum": 1, "maximum": 3}"#, "3", "4"),
        (r#"{"type": "integer", "minimum": 1}"#, "1", "0"),
        (r#"{"type": "integer"}"#, "5", "5.0"),
        (r#"{"type": "string", "nullable": true, "enum": ["a", null]}"#, "null", r#""b""#),
        (r#"{"type": "string"}"#, r#""""#, "null"),
        (r#"{"pattern": "^[^\\u0000-\\u001F]+$"}"#, r#""a b""#, r#""a\u0007""#),
        (r#"{"type": "string", "format": "date-time"}"#, r#""2026-01-15T10:00:00Z""#, r#""2026-01-15 10:00:00""#),
        (r#"{"required": ["a"], "properties": {"a": {"type": "boolean"}}}"#, r#"{"a": true}"#, "{}"),
        (r#"{"properties": {"a": {"type": "boolean"}}}"#, "{}", r#"{"a": 1}"#),
        (r#"{"additionalProperties": false, "properties": {"a": {}}}"#, r#"{"a": 1}"#, r#"{"b": 1}"#),
        (r#"{"additionalProperties": {"type": "number"}, "maxProperties": 1}"#, r#"{"b": 1}"#, r#"{"b": 1, "c": 2}"#),
        (r#"{"type": "array", "items": {"type": "number"}, "minItems": 1}"#, "[1]", "[]"),
        (r#"{"items": {"type": "number"}, "maxItems": 1, "uniqueItems": true}"#, "[1]", "[1, 2]"),
        (r#"{"uniqueItems": true}"#, "[1, 2]", "[1, 1]"),
        (r#"{"oneOf": [{"type": "number"}, {"type": "integer"}]}"#, "1.5", "1"),
        (r#"{"anyOf": [{"type": "string"}, {"type": "boolean"}]}"#, "true", "1"),
        (r#"{"allOf": [{"type": "number"}, {"maximum": 2}]}"#, "2", "3"),
    ] {
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(judge(parse(schema), parse(good)), [""; 0], "{schema} {good}");
        assert_eq!(judge(parse(schema), parse(bad)).len(), 1, "{schema} {bad}");
    }
}
