//! The contract's own samples, in order.

use serde_json::Value;

use crate::support::{Service, read};

/// Whether an answer equals the sample; `<…>` in a sample stands for anything that varies.
fn is_like(sample: &Value, answer: &Value) -> bool {
    match (sample, answer) {
        (Value::String(sample), Value::String(answer)) if sample == "<digits>" => {
            answer.bytes().all(|byte| byte.is_ascii_digit())
        }
        (Value::String(sample), Value::String(answer)) if sample == "<text>" => !answer.is_empty(),
        (Value::Object(sample), Value::Object(answer)) => {
            sample.len() == answer.len()
                && sample.iter().all(|(key, value)| answer.get(key).is_some_and(|answer| is_like(value, answer)))
        }
        (Value::Array(sample), Value::Array(answer)) => {
            sample.len() == answer.len() && sample.iter().zip(answer).all(|(sample, answer)| is_like(sample, answer))
        }
        (sample, answer) => sample == answer,
    }
}

#[tokio::test]
async fn the_samples_of_the_contract_are_answered_to_the_letter() {
    let service = Service::start().await;
    let exchanges: Vec<Value> = serde_json::from_str(&read("tests/fixtures/exchanges.json")).unwrap();
    assert!(!exchanges.is_empty());
    for exchange in exchanges {
        let headers: Vec<(&str, &str)> = exchange["headers"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let answer = service.post_with(exchange["route"].as_str().unwrap(), &headers, &exchange["body"]).await;
        assert_eq!(exchange["status"], answer.status, "{}", exchange["name"]);
        assert!(is_like(&exchange["answer"], &answer.body), "{}: {}", exchange["name"], answer.text);
    }
}
