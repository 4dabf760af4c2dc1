//! The CMS simulator: speaks `shared/src/cms/README.md`, follows the script of each order, and keeps a ledger of what was
//! really produced.
//!
//! The accept loop is its own, since axum always answers and a script may want no answer at all.

mod ledger;
mod order;
mod scripts;
mod wire;

use std::convert::identity;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

pub use ledger::Entry;
use ledger::Ledger;
use order::{Answer, Order, Status, UNKNOWN};
use scripts::{Manner, Script};
use wire::{NewOrder, refusal};

use crate::stack::Stopped;

/// What there is.
const PATHS: &str = "there are /orders, /orders/{key}, /simulator/ledger and /simulator/void/{key}";
/// The file of the ledger in its folder.
const FILE: &str = "cms.sqlite";
/// The largest request.
const REQUEST_BYTES_MAX: usize = 256 * 1024;
/// How long a listener rests that could not accept, for instance for want of file descriptors.
const REST: Duration = Duration::from_millis(100);

/// A card management system that misbehaves as it is told.
#[derive(Debug, Clone)]
pub struct Simulator {
    ledger: Arc<Ledger>,
    late_after: Duration,
}

/// The connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("so the script has it")]
struct HangUp;

impl Simulator {
    /// Opens the simulator on the ledger of a folder.
    ///
    /// An order of the script `late` that was on its way when the process was killed is not taken: a message that is lost.
    pub fn open(folder: &Path) -> rusqlite::Result<Self> {
        let ledger = Arc::new(Ledger::open(&folder.join(FILE))?);
        Ok(Self { ledger, late_after: Duration::from_secs(2) })
    }

    /// How long an order of the script `late` is on its way.
    #[must_use]
    pub fn late_after(self, delay: Duration) -> Self {
        Self { late_after: delay, ..self }
    }

    /// The ledger, by key.
    pub fn ledger(&self) -> rusqlite::Result<Vec<Entry>> {
        self.ledger.entries()
    }

    /// Voids an order as its staff would: also one whose script takes no notice of calls. What was taken stays taken.
    pub fn void_by_hand(&self, key: &str) -> rusqlite::Result<()> {
        self.ledger.change(key, Order::void_by_hand).map(|_| ())
    }

    /// Serves until told to stop; calls that are under way are cut off then, since some never end.
    pub async fn serve(self, listener: TcpListener, stopped: Stopped) {
        let mut connections = JoinSet::new();
        let stop = stopped.clone().wait();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => return,
                Some(ended) = connections.join_next() => {
                    if let Err(error) = ended {
                        tracing::error!(%error, "a connection to the simulator failed");
                    }
                }
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => drop(connections.spawn(self.clone().connection(stream, stopped.clone()))),
                    Err(error) => {
                        tracing::warn!(%error, "the simulator could not accept");
                        tokio::time::sleep(REST).await;
                    }
                },
            }
        }
    }

    async fn connection(self, stream: TcpStream, stopped: Stopped) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection waits for more to send");
        }
        let service = service_fn(|request| self.answer(request, &stopped));
        if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
            tracing::trace!(%error, "a connection ended early");
        }
    }

    async fn answer(&self, request: Request<Incoming>, stopped: &Stopped) -> Result<Response<Full<Bytes>>, HangUp> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        match (path.as_str(), path.strip_prefix("/orders/")) {
            ("/orders", _) if method == Method::POST => self.post(request, stopped).await,
            ("/orders", _) => Ok(not_allowed("POST")),
            ("/simulator/ledger", _) if method == Method::GET => Ok(self.show_ledger()),
            ("/simulator/ledger", _) => Ok(not_allowed("GET")),
            (_, Some(key)) if !key.is_empty() && !key.contains('/') => self.keyed(&method, key).await,
            (path, _) => match path.strip_prefix("/simulator/void/").filter(|key| wire::is_key(key)) {
                Some(key) if method == Method::POST => Ok(self.void_and_show(key)),
                Some(_) => Ok(not_allowed("POST")),
                None => Ok(refusal(StatusCode::NOT_FOUND, PATHS)),
            },
        }
    }

    async fn post(&self, request: Request<Incoming>, stopped: &Stopped) -> Result<Response<Full<Bytes>>, HangUp> {
        let (parts, body) = request.into_parts();
        let body = match Limited::new(body, REQUEST_BYTES_MAX).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => return Ok(too_large()),
            // The caller has gone.
            Err(_) => return Err(HangUp),
        };
        let new = match NewOrder::parse(&body, parts.headers.get("idempotency-key")) {
            Ok(new) => new,
            Err(message) => {
                tracing::debug!(call = "POST", outcome = "refused", "the CMS simulator was called");
                return Ok(refusal(StatusCode::BAD_REQUEST, &message));
            }
        };
        let changed = self.ledger.change(&new.key, |order| order.post(&new));
        if changed.as_ref().is_ok_and(|(_, said)| said.is_late) {
            self.send_late(new.key.clone(), stopped.clone());
        }
        self.reply("POST", &new.key, changed).await
    }

    /// An order that arrives after its answer. Only the process knows of it: when that is killed, the message is lost.
    fn send_late(&self, key: String, stopped: Stopped) {
        let Self { ledger, late_after } = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stopped.wait() => {}
                () = tokio::time::sleep(late_after) => match ledger.change(&key, Order::arrive) {
                    Ok((order, ())) => log("late POST", &key, &order, order.status, Manner::Plain),
                    Err(error) => tracing::error!(%error, "the simulator's ledger failed"),
                },
            }
        });
    }

    async fn keyed(&self, method: &Method, key: &str) -> Result<Response<Full<Bytes>>, HangUp> {
        let key = percent_decode_str(key).decode_utf8_lossy();
        let change = match *method {
            Method::GET => Order::get,
            Method::DELETE => Order::delete,
            _ => return Ok(not_allowed("GET, DELETE")),
        };
        if !wire::is_key(&key) {
            return Ok(refusal(StatusCode::BAD_REQUEST, "a key is 1–129 of A-Z a-z 0-9 _ - :"));
        }
        self.reply(method.as_str(), &key, self.ledger.change(&key, change)).await
    }

    /// Answers what is written by now.
    async fn reply(
        &self,
        call: &str,
        key: &str,
        changed: rusqlite::Result<(Order, Answer)>,
    ) -> Result<Response<Full<Bytes>>, HangUp> {
        let (order, said) = match changed {
            Ok(changed) => changed,
            Err(error) => return Ok(ledger_failed(&error)),
        };
        log(call, key, &order, said.status, said.manner);
        wire::show(key, &order, said).await.ok_or(HangUp)
    }

    fn void_and_show(&self, key: &str) -> Response<Full<Bytes>> {
        self.void_by_hand(key)
            .map(|()| self.show_ledger())
            .map_err(|error| ledger_failed(&error))
            .unwrap_or_else(identity)
    }

    fn show_ledger(&self) -> Response<Full<Bytes>> {
        let entries = self.ledger().map(|orders| wire::answer(StatusCode::OK, &json!({ "orders": orders })));
        entries.map_err(|error| ledger_failed(&error)).unwrap_or_else(identity)
    }
}

fn log(call: &str, key: &str, order: &Order, said: Option<Status>, manner: Manner) {
    let (script, outcome) = (order.script.map_or("none", Script::name), said.map_or(UNKNOWN, Status::name));
    tracing::debug!(call, order.key = key, script, outcome, ?manner, "the CMS simulator was called");
}

fn ledger_failed(error: &rusqlite::Error) -> Response<Full<Bytes>> {
    tracing::error!(%error, "the simulator's ledger failed");
    refusal(StatusCode::INTERNAL_SERVER_ERROR, "the ledger failed; the simulator's log says why")
}

fn not_allowed(methods: &'static str) -> Response<Full<Bytes>> {
    let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, &format!("the methods here are {methods}"));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}

/// The rest of the body would be taken for a request, so the connection ends.
fn too_large() -> Response<Full<Bytes>> {
    let mut response = refusal(StatusCode::PAYLOAD_TOO_LARGE, "an order has at most 256 KiB");
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
