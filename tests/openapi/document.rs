//! `openapi.yaml`, and what it says about a request and an answer.

use std::sync::LazyLock;

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::schema::{faults, resolve};
use crate::support::read;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    // Keys that look like numbers or booleans would become those; ours are quoted.
    serde_yaml_ng::from_str(&read("openapi.yaml")).unwrap()
});

/// The whole document.
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// What follows `$ref`, if anything.
pub fn resolved(value: &'static Value) -> &'static Value {
    resolve(&DOCUMENT, value)
}

/// Every path with its operation.
pub fn operations() -> impl Iterator<Item = (&'static str, &'static Value)> {
    DOCUMENT["paths"].as_object().unwrap().iter().map(|(path, item)| (path.as_str(), &item["post"]))
}

/// The operation of a path.
pub fn operation(path: &str) -> Option<&'static Value> {
    DOCUMENT["paths"].get(path).map(|item| &item["post"])
}

/// Returns what an answer breaks. A request that reaches no operation is answered by a component.
pub fn answer_faults(method: &str, path: &str, status: u16, headers: &HeaderMap, body: &Value) -> Vec<String> {
    let responses = &DOCUMENT["components"]["responses"];
    let response = match operation(path) {
        // What the guard of the local stack refuses is refused for every method.
        Some(_) if method != "POST" && status == 405 => &responses["MethodNotAllowed"],
        Some(operation) => &operation["responses"][status.to_string().as_str()],
        None if status == 404 => &responses["NotFound"],
        None => &responses["Forbidden"],
    };
    let response = resolved(response);
    if response.is_null() {
        return vec![format!("the status {status} is not documented")];
    }
    let mut found = header_faults(&response["headers"], headers);
    let schema = &response["content"]["application/json"]["schema"];
    found.extend(faults(&DOCUMENT, schema, body));
    found
}

fn header_faults(documented: &'static Value, headers: &HeaderMap) -> Vec<String> {
    let mut found = Vec::new();
    let all_documented = documented.as_object().unwrap();
    for (name, header) in all_documented {
        let header = resolved(header);
        let values: Vec<_> = headers.get_all(name).iter().collect();
        match values.as_slice() {
            [] if header["required"] == true => found.push(format!("header {name}: is required")),
            [] => {}
            [value] => {
                let value = Value::from(value.to_str().unwrap());
                let broken = faults(&DOCUMENT, &header["schema"], &value);
                found.extend(broken.iter().map(|fault| format!("header {name}{fault}")));
            }
            _ => found.push(format!("header {name}: is there twice")),
        }
    }
    // Those of the connection, and the type of the body, stand for themselves.
    let own = ["connection", "content-length", "content-type", "date"];
    let unknown =
        headers.keys().filter(|name| !own.contains(&name.as_str()) && !all_documented.contains_key(name.as_str()));
    found.extend(unknown.map(|name| format!("header {name}: is not documented")));
    if headers.get("content-type").is_none_or(|value| value != "application/json") {
        found.push("header content-type: is not application/json".to_owned());
    }
    found
}

/// Returns what the headers of a request break, by the parameters of its operation.
pub fn parameter_faults(operation: &'static Value, headers: &HeaderMap) -> Vec<String> {
    let mut found = Vec::new();
    for parameter in operation["parameters"].as_array().unwrap() {
        let parameter = resolved(parameter);
        let name = parameter["name"].as_str().unwrap();
        let values: Vec<_> = headers.get_all(name).iter().collect();
        let broken = match values.as_slice() {
            [] if parameter["required"] == true => vec![": is required".to_owned()],
            [] => Vec::new(),
            // Blanks around a value are no part of it.
            [value] => match std::str::from_utf8(value.as_bytes()) {
                Ok(text) => faults(&DOCUMENT, &parameter["schema"], &Value::from(text.trim())),
                Err(_) => vec![": is not text".to_owned()],
            },
            _ => vec![": is there twice".to_owned()],
        };
        found.extend(broken.iter().map(|fault| format!("header {name}{fault}")));
    }
    found
}

/// Returns what the body of a request breaks. What a form holds is not judged: a part's file name and content are beyond a
/// schema.
pub fn body_faults(operation: &'static Value, body: &[u8]) -> Vec<String> {
    let content = &operation["requestBody"]["content"];
    if content.get("multipart/form-data").is_some() {
        return Vec::new();
    }
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii();
    if body.is_empty() {
        let is_required = operation["requestBody"]["required"] == true;
        return if is_required { vec!["body: is required".to_owned()] } else { Vec::new() };
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => faults(&DOCUMENT, &content["application/json"]["schema"], &value),
        Err(_) => vec!["body: is not JSON".to_owned()],
    }
}
