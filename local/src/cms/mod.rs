//! The CMS simulator: speaks the protocol of `shared/src/cms/README.md`, follows the script of each order, and keeps a
//! ledger of what was really produced.
//!
//! `scripts` defines what happens to the calls of an order, `order` applies that to what is stored, `ledger` stores it, and
//! `wire` shows the caller as much of the result as the script allows.

mod ledger;
mod new_order;
mod order;
mod scripts;
mod status;
mod wire;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::{Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::json;
use tokio_util::sync::CancellationToken;

pub use ledger::Entry;
use ledger::Ledger;
use new_order::NewOrder;
use order::{Answer, Order};
use scripts::Manner;
use status::Status;
use wire::refusal;

use crate::guard::is_from_browser;
use crate::listener::{HangUp, Listener, refuse_in_words};

/// The text for an unknown path.
const PATHS: &str = "there are /orders, /orders/{key}, /simulator/ledger and /simulator/void/{key}";
/// The file of the ledger in its folder.
const FILE: &str = "cms.sqlite";
/// The limit of a request's body.
const REQUEST_BYTES_MAX: usize = 256 * 1024;
/// How long an order of the script `late` is on its way.
const LATE_AFTER: Duration = Duration::from_secs(2);

/// A card management system (CMS) that misbehaves as each order's script says.
#[derive(Debug, Clone)]
pub struct Simulator {
    ledger: Arc<Ledger>,
    late_after: Duration,
}

impl Simulator {
    /// Opens the simulator on the ledger in a folder.
    ///
    /// An order of the script `late` that was on its way when the process was killed never arrives.
    pub fn open(folder: &Path) -> rusqlite::Result<Self> {
        let ledger = Arc::new(Ledger::open(&folder.join(FILE))?);
        Ok(Self { ledger, late_after: LATE_AFTER })
    }

    /// Sets how long an order of the script `late` is on its way.
    #[must_use]
    pub fn late_after(self, delay: Duration) -> Self {
        Self { late_after: delay, ..self }
    }

    /// Returns the ledger, sorted by key.
    pub fn ledger(&self) -> rusqlite::Result<Vec<Entry>> {
        self.ledger.entries()
    }

    /// Voids an order as the staff of the CMS would, even where its script ignores calls. An accepted order stays accepted.
    pub fn void_by_hand(&self, key: &str) -> rusqlite::Result<()> {
        self.ledger.change(key, Order::void_by_hand).map(|_| ())
    }

    /// Serves until stopped. Open calls are then cut off, since some never end.
    pub async fn serve(self, listener: Listener, stopped: CancellationToken) {
        let answer = {
            let stopped = stopped.clone();
            move |_, request| {
                let (simulator, stopped) = (self.clone(), stopped.clone());
                async move {
                    let answered = stopped.run_until_cancelled(simulator.answer(request, &stopped)).await;
                    answered.unwrap_or(Err(HangUp))
                }
            }
        };
        listener.serve(stopped, refuse_in_words, answer).await;
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        stopped: &CancellationToken,
    ) -> Result<Response<Full<Bytes>>, HangUp> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        match (path.as_str(), path.strip_prefix("/orders/")) {
            ("/orders", _) if method == Method::POST => self.post(request, stopped).await,
            ("/orders", _) => Ok(wire::not_allowed("POST")),
            ("/simulator/ledger", _) if method == Method::GET => Ok(self.show_ledger()),
            ("/simulator/ledger", _) => Ok(wire::not_allowed("GET")),
            (_, Some(key)) if !key.is_empty() && !key.contains('/') => {
                self.keyed(&method, key, request.headers()).await
            }
            (path, _) => match path.strip_prefix("/simulator/void/").filter(|key| new_order::is_key(key)) {
                Some(key) if method == Method::POST => Ok(self.void_and_show(key)),
                Some(_) => Ok(wire::not_allowed("POST")),
                None => Ok(refusal(StatusCode::NOT_FOUND, PATHS)),
            },
        }
    }

    async fn post(
        &self,
        request: Request<Incoming>,
        stopped: &CancellationToken,
    ) -> Result<Response<Full<Bytes>>, HangUp> {
        let (parts, body) = request.into_parts();
        let body = match Limited::new(body, REQUEST_BYTES_MAX).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => return Ok(wire::too_large()),
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

    /// Lets an order arrive after its answer. Nothing is stored before: if the process is killed, the message is lost.
    fn send_late(&self, key: String, stopped: CancellationToken) {
        let Self { ledger, late_after } = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stopped.cancelled() => {}
                () = tokio::time::sleep(late_after) => match ledger.change(&key, Order::arrive) {
                    Ok((order, ())) => log("late POST", &key, &order, order.status, Manner::Plain),
                    Err(error) => tracing::error!(%error, "the simulator's ledger failed"),
                },
            }
        });
    }

    async fn keyed(&self, method: &Method, key: &str, headers: &HeaderMap) -> Result<Response<Full<Bytes>>, HangUp> {
        // A `GET` moves the order on, and any page can make a browser send one, for example as an image.
        if is_from_browser(headers) {
            return Ok(refusal(StatusCode::FORBIDDEN, "browsers are not answered here; open /simulator/ledger"));
        }
        let key = percent_decode_str(key).decode_utf8_lossy();
        let change = match *method {
            Method::GET => Order::get,
            Method::DELETE => Order::delete,
            _ => return Ok(wire::not_allowed("GET, DELETE")),
        };
        if !new_order::is_key(&key) {
            return Ok(refusal(StatusCode::BAD_REQUEST, "a key is 1–129 of A-Z a-z 0-9 _ - :"));
        }
        self.reply(method.as_str(), &key, self.ledger.change(&key, change)).await
    }

    /// Answers with what the ledger holds now.
    async fn reply(
        &self,
        call: &str,
        key: &str,
        changed: rusqlite::Result<(Order, Answer)>,
    ) -> Result<Response<Full<Bytes>>, HangUp> {
        match changed {
            Ok((order, said)) => {
                log(call, key, &order, said.status, said.manner);
                wire::show(key, &order, said).await.ok_or(HangUp)
            }
            Err(error) => Ok(ledger_failed(&error)),
        }
    }

    fn void_and_show(&self, key: &str) -> Response<Full<Bytes>> {
        self.void_by_hand(key).map_or_else(|error| ledger_failed(&error), |()| self.show_ledger())
    }

    fn show_ledger(&self) -> Response<Full<Bytes>> {
        self.ledger().map_or_else(
            |error| ledger_failed(&error),
            |orders| wire::answer(StatusCode::OK, &json!({ "orders": orders })),
        )
    }
}

fn log(call: &str, key: &str, order: &Order, outcome: Status, manner: Manner) {
    tracing::debug!(call, order.key = key, script = ?order.script, %outcome, ?manner, "the CMS simulator was called");
}

fn ledger_failed(error: &rusqlite::Error) -> Response<Full<Bytes>> {
    tracing::error!(%error, "the simulator's ledger failed");
    refusal(StatusCode::INTERNAL_SERVER_ERROR, "the ledger failed; the simulator's log says why")
}
