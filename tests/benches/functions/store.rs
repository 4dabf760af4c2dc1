//! The store, the bucket and the CMS as a recording: what the local stack answered to a call once is answered to every later
//! call like it. So the stack's work is not measured, and an event that is repeated never meets what its first run changed.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};

/// An event, and which call of it.
type Call = (&'static str, usize);
/// Of a request; ids in what is sent differ from call to call, the operation does not.
type Sent = (String, Uri, Bytes);
type Answer = (StatusCode, HeaderMap, Bytes);

/// What was recorded, and the call under way.
#[derive(Clone, Default)]
pub struct Recording(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    recorded: HashMap<Call, Vec<(Sent, Answer)>>,
    call: Call,
    /// What this call has not asked yet; `None` while it is recorded.
    left: Option<Vec<(Sent, Answer)>>,
    missed: Option<String>,
}

impl Recording {
    /// Begins a call: a new one is recorded, a known one replayed.
    pub fn begin(&self, call: Call) {
        let mut state = self.0.lock().unwrap();
        (state.call, state.left) = (call, state.recorded.get(&call).cloned());
    }

    /// Returns a request that was not recorded.
    pub fn missed(&self) -> Option<String> {
        self.0.lock().unwrap().missed.take()
    }

    /// Stands before a part of the local stack.
    pub fn before(&self, upstream: SocketAddr) -> Router {
        let (recording, http) = (self.clone(), reqwest::Client::new());
        Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let (recording, http) = (recording.clone(), http.clone());
            async move {
                let target = headers.get("x-amz-target").map_or(method.as_str(), |target| target.to_str().unwrap());
                let sent = (format!("{target} to {upstream}"), uri, body);
                if let Some(answer) = recording.0.lock().unwrap().replay(&sent) {
                    return answer;
                }
                let request = http.request(method, format!("http://{upstream}{}", sent.1));
                let answered = request.headers(headers).body(sent.2.clone()).send().await.unwrap();
                let (status, mut headers) = (answered.status(), answered.headers().clone());
                headers.remove(header::TRANSFER_ENCODING);
                let answer = (status, headers, answered.bytes().await.unwrap());
                let mut state = recording.0.lock().unwrap();
                let call = state.call;
                state.recorded.entry(call).or_default().push((sent, answer.clone()));
                answer
            }
        })
    }
}

impl State {
    /// Returns the answer to the same request, or else to the next one of its operation; `None` while the call is recorded.
    fn replay(&mut self, sent: &Sent) -> Option<Answer> {
        let left = self.left.as_mut()?;
        let same = left.iter().position(|(other, _)| other == sent);
        let Some(found) = same.or_else(|| left.iter().position(|(other, _)| other.0 == sent.0)) else {
            self.missed = Some(sent.0.clone());
            return Some((StatusCode::BAD_REQUEST, HeaderMap::new(), Bytes::new()));
        };
        Some(left.remove(found).1)
    }
}
