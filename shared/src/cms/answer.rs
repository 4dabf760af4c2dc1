//! What an answer of the CMS means: one table, by call and status code.

use super::wire::CmsAnswer;
use super::{CmsOutcome, Trouble};
use crate::domain::CmsKey;

/// The three calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CmsCall {
    Place,
    Status,
    Void,
}

/// Returns what an answer with this status code and body means for a call about this key.
pub(super) fn classify(call: CmsCall, status: u16, body: &[u8], key: &CmsKey) -> CmsOutcome {
    let trouble = Trouble::Status(status);
    match (status, call) {
        (200..=202 | 400 | 409 | 422, _) => read(call, body, key),
        (404 | 405 | 501, CmsCall::Void) => CmsOutcome::NoVoid,
        (404, CmsCall::Status) => match read(call, body, key) {
            CmsOutcome::NotKnown => CmsOutcome::NotKnown,
            // A wrong address gets a 404 as well.
            _ => CmsOutcome::Misconfigured(trouble),
        },
        (300..=399 | 401 | 403 | 404 | 405 | 415, _) => CmsOutcome::Misconfigured(trouble),
        _ => CmsOutcome::Unknown(trouble),
    }
}

/// An answer is a fact only if it names the order that was asked for.
fn read(call: CmsCall, body: &[u8], key: &CmsKey) -> CmsOutcome {
    match serde_json::from_slice::<CmsAnswer>(body) {
        Err(_) => CmsOutcome::Unknown(Trouble::Unreadable),
        Ok(answer) if !answer.is_of(key) => CmsOutcome::Unknown(Trouble::OtherKey),
        Ok(answer) => match answer.fact() {
            Some(fact) => CmsOutcome::Fact(fact),
            None if call == CmsCall::Status => CmsOutcome::NotKnown,
            // A CMS that was sent an order, or asked to void one, cannot answer that the key is unknown.
            None => CmsOutcome::Unknown(Trouble::Unreadable),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::CmsCall::{Place, Status, Void};
    use super::*;
    use crate::domain::{CmsProgress, Fact, OrderId, TenantId};

    fn key() -> CmsKey {
        CmsKey::of(&TenantId::parse("ACME_BANK").unwrap(), &OrderId::parse("ORD-1").unwrap())
    }

    fn known(order: CmsProgress) -> CmsOutcome {
        CmsOutcome::Fact(Fact::whole(order))
    }

    #[test]
    fn each_status_code_means_one_thing_to_each_call() {
        let misconfigured = |code| CmsOutcome::Misconfigured(Trouble::Status(code));
        let unknown = |code| CmsOutcome::Unknown(Trouble::Status(code));
        let body = br#"{"key":"ACME_BANK:ORD-1","status":"ACCEPTED"}"#;
        for code in [200, 201, 202, 400, 409, 422] {
            for call in [Place, Status, Void] {
                assert_eq!(classify(call, code, body, &key()), known(CmsProgress::Accepted), "{call:?} {code}");
            }
        }
        for code in [300, 301, 302, 307, 308, 401, 403, 415] {
            for call in [Place, Status, Void] {
                assert_eq!(classify(call, code, body, &key()), misconfigured(code), "{call:?} {code}");
            }
        }
        for code in [100, 204, 206, 402, 406, 408, 410, 413, 418, 425, 429, 451, 500, 502, 503, 504, 599] {
            for call in [Place, Status, Void] {
                assert_eq!(classify(call, code, body, &key()), unknown(code), "{call:?} {code}");
            }
        }
        for (call, code, want) in [
            (Place, 404, misconfigured(404)),
            (Place, 405, misconfigured(405)),
            (Place, 501, unknown(501)),
            (Status, 404, misconfigured(404)),
            (Status, 405, misconfigured(405)),
            (Status, 501, unknown(501)),
            (Void, 404, CmsOutcome::NoVoid),
            (Void, 405, CmsOutcome::NoVoid),
            (Void, 501, CmsOutcome::NoVoid),
        ] {
            assert_eq!(classify(call, code, body, &key()), want, "{call:?} {code}");
        }
    }

    #[test]
    fn a_key_is_not_known_only_if_the_answer_names_it() {
        for (body, want) in [
            (&br#"{"key":"ACME_BANK:ORD-1","status":"UNKNOWN"}"#[..], CmsOutcome::NotKnown),
            (br#"{"key":"ACME_BANK:ORD-2","status":"UNKNOWN"}"#, CmsOutcome::Misconfigured(Trouble::Status(404))),
            (b"<h1>Not Found</h1>", CmsOutcome::Misconfigured(Trouble::Status(404))),
            (b"", CmsOutcome::Misconfigured(Trouble::Status(404))),
        ] {
            assert_eq!(classify(Status, 404, body, &key()), want);
        }
    }

    #[test]
    fn each_status_in_a_body_is_a_fact_of_its_own() {
        let turned_down = || CmsOutcome::Fact(Fact::turned_down(None));
        for (status, place, asked) in [
            ("ACCEPTED", known(CmsProgress::Accepted), known(CmsProgress::Accepted)),
            ("PROCESSED", known(CmsProgress::Processed), known(CmsProgress::Processed)),
            ("SUCCESS", known(CmsProgress::Success), known(CmsProgress::Success)),
            ("FAILED", known(CmsProgress::Failed), known(CmsProgress::Failed)),
            ("REJECTED", turned_down(), turned_down()),
            ("VOIDED", turned_down(), turned_down()),
            ("UNKNOWN", CmsOutcome::Unknown(Trouble::Unreadable), CmsOutcome::NotKnown),
        ] {
            let body = format!(r#"{{"key":"ACME_BANK:ORD-1","status":"{status}","more":1}}"#);
            assert_eq!(classify(Place, 200, body.as_bytes(), &key()), place, "{status}");
            assert_eq!(classify(Status, 200, body.as_bytes(), &key()), asked, "{status}");
        }
        let body = br#"{"key":"ACME_BANK:ORD-1","status":"SUCCESS","cmsOrderId":"C-1","lines":[{"line":2,"status":"FAILED"}]}"#;
        let CmsOutcome::Fact(found) = classify(Status, 200, body, &key()) else { panic!("no fact") };
        assert_eq!(found.cms_order_id.map(|id| id.as_str().to_owned()), Some("C-1".to_owned()));
        assert_eq!(found.lines, [(2, CmsProgress::Failed)]);
        for name in ["4111111111111111", "4111.1111.1111.1111", "", "\n", &"x".repeat(65)] {
            let body = serde_json::json!({ "key": "ACME_BANK:ORD-1", "status": "ACCEPTED", "cmsOrderId": name });
            let outcome = classify(Place, 200, body.to_string().as_bytes(), &key());
            assert_eq!(outcome, known(CmsProgress::Accepted), "an id that cannot be stored");
        }
    }

    #[test]
    fn an_unreadable_answer_or_one_about_another_order_is_no_fact() {
        for (body, want) in [
            (&b""[..], Trouble::Unreadable),
            (b"<html>", Trouble::Unreadable),
            (br#"{"key":"ACME_BANK:ORD-1","sta"#, Trouble::Unreadable),
            (br#"{"key":"ACME_BANK:ORD-1"}"#, Trouble::Unreadable),
            (br#"{"key":"ACME_BANK:ORD-1","status":"DONE"}"#, Trouble::Unreadable),
            (br#"{"status":"SUCCESS"}"#, Trouble::Unreadable),
            (
                br#"{"key":"ACME_BANK:ORD-1","status":"SUCCESS","lines":[{"line":-1,"status":"FAILED"}]}"#,
                Trouble::Unreadable,
            ),
            (br#"{"key":"ACME_BANK:ORD-10","status":"SUCCESS"}"#, Trouble::OtherKey),
            (br#"{"key":"GLOBEX:ORD-1","status":"REJECTED"}"#, Trouble::OtherKey),
        ] {
            for code in [200, 400, 409, 422] {
                assert_eq!(classify(Place, code, body, &key()), CmsOutcome::Unknown(want), "{code}");
            }
        }
    }
}
