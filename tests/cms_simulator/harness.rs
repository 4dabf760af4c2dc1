//! A running simulator, and calls of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use local::cms::{Entry, Simulator};
use local::config::HEADER_TIMEOUT;
use local::listener::Listener;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::ANY_PORT;

/// A running simulator and a client of it.
pub struct Cms {
    pub folder: Arc<TempDir>,
    pub simulator: Simulator,
    address: SocketAddr,
    http: reqwest::Client,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

/// The answer: status code and text, or `None` if the connection ended first.
pub type Answer = Option<(u16, String)>;

impl Cms {
    pub async fn start(late_after: Duration) -> Self {
        Self::open(Arc::new(tempfile::tempdir().unwrap()), late_after).await
    }

    pub async fn open(folder: Arc<TempDir>, late_after: Duration) -> Self {
        let simulator = Simulator::open(folder.path()).unwrap().late_after(late_after);
        let listener = Listener::bind(&ANY_PORT.into(), HEADER_TIMEOUT).await.unwrap();
        let address = listener.local_address();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(simulator.clone().serve(listener, stop.clone()));
        Self { folder, simulator, address, http: reqwest::Client::new(), stop, serving }
    }

    pub async fn stop(self) {
        self.stop.cancel();
        self.serving.await.unwrap();
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method.parse().unwrap(), format!("http://{}{path}", self.address))
    }

    pub fn post(&self, key: Option<&str>, body: String) -> reqwest::RequestBuilder {
        let request = self.request("POST", "/orders").body(body);
        match key {
            Some(key) => request.header("idempotency-key", key.as_bytes()),
            None => request,
        }
    }

    /// One of the three calls, for an order of the script.
    pub fn call(&self, method: &str, key: &str, script: &str) -> reqwest::RequestBuilder {
        match method {
            "POST" => self.post(Some(key), order(key, script).to_string()),
            _ => self.request(method, &format!("/orders/{key}")),
        }
    }

    /// Makes one of the three calls, and returns the answer in words.
    pub async fn say(&self, method: &str, key: &str, script: &str) -> String {
        words(key, answer(self.call(method, key, script)).await)
    }

    pub fn entry(&self, key: &str) -> Option<Entry> {
        self.simulator.ledger().unwrap().into_iter().find(|entry| entry.key == key)
    }

    /// Waits until the ledger has this entry for a key.
    pub async fn settled(&self, key: &str, is_so: impl Fn(&Entry) -> bool) {
        while !self.entry(key).as_ref().is_some_and(&is_so) {
            tokio::task::yield_now().await;
        }
    }
}

/// An order of 5 and 3 cards.
pub fn order(key: &str, script: &str) -> Value {
    let (tenant, id) = key.split_once(':').unwrap();
    let line = |line: u32, quantity: u32| {
        json!({
            "line": line, "productId": "01", "bin": "87654322", "quantity": quantity, "panLength": 16,
            "pinGeneration": false, "cardType": "PHYSICAL", "embossType": "NON_PERSONALIZED",
        })
    };
    json!({
        "key": key, "tenant": tenant, "orderId": id, "branch": { "id": "12345" },
        "metaValues": { "simulate": script }, "lines": [line(1, 5), line(2, 3)],
    })
}

pub async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    Some((status, response.text().await.ok()?))
}

/// An answer in a few words: `202 ACCEPTED`.
pub fn words(key: &str, answer: Answer) -> String {
    let Some((status, text)) = answer else { return "closed".to_owned() };
    let Ok(body) = serde_json::from_str::<Value>(&text) else { return format!("{status} unreadable") };
    let mut words = status.to_string();
    if body["message"].is_string() {
        return words;
    }
    if body["key"] != key {
        words += " another";
    }
    if text.len() == 1024 * 1024 {
        words += " huge";
    }
    words = format!("{words} {}", body["status"].as_str().unwrap());
    assert_eq!(body["cmsOrderId"].is_string(), body["status"] != "UNKNOWN", "{text}");
    for line in body["lines"].as_array().into_iter().flatten() {
        words = format!("{words} (line {} {})", line["line"], line["status"].as_str().unwrap());
    }
    words
}
