//! The Runtime API that Lambda offers to a function, for one binary under test.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex as Lock};
use std::time::Instant;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

/// A function's process, and the queues between it and the test.
pub struct Function {
    events: mpsc::Sender<String>,
    answers: mpsc::Receiver<Result<String, String>>,
    pub process: Child,
    #[allow(dead_code, reason = "for the benchmark of the functions")]
    pub times: Times,
    _server: JoinSet<std::io::Result<()>>,
}

/// When the process was started; then, call by call, when the function asked for an event, when it got one, and when it
/// answered.
pub type Times = Arc<Lock<Vec<Instant>>>;

struct Queues {
    events: Mutex<mpsc::Receiver<String>>,
    answers: mpsc::Sender<Result<String, String>>,
    times: Times,
}

impl Queues {
    fn note_time(&self) {
        self.times.lock().unwrap().push(Instant::now());
    }
}

impl Function {
    /// Starts a binary with these variables, and nothing else in its environment.
    pub async fn start(binary: &str, variables: &[(&str, &str)]) -> Self {
        Self::start_logging(binary, variables, Stdio::piped()).await
    }

    /// The same, with its log there.
    pub async fn start_logging(binary: &str, variables: &[(&str, &str)], log: Stdio) -> Self {
        let (events, next_events) = mpsc::channel(1);
        let (next_answers, answers) = mpsc::channel(1);
        let times = Times::default();
        let queues = Queues { events: Mutex::new(next_events), answers: next_answers, times: Arc::clone(&times) };
        let queues = Arc::new(queues);
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .with_state(Arc::clone(&queues));
        let listener = TcpListener::bind(super::ANY_PORT).await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await });
        queues.note_time();
        let process = Command::new(binary)
            .env_clear()
            .envs(variables.iter().copied())
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "under-test")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { events, answers, process, times, _server: server }
    }

    /// Gives the function one event and waits for its answer.
    pub async fn invoke(&mut self, event: &str) -> Value {
        let answer = self.try_invoke(event).await.unwrap_or_else(|error| panic!("the function failed: {error}"));
        serde_json::from_str(&answer).unwrap()
    }

    /// Gives the function one event and waits for its answer, or for the error that it reports.
    pub async fn try_invoke(&mut self, event: &str) -> Result<String, String> {
        self.events.send(event.to_owned()).await.unwrap();
        tokio::select! {
            answer = self.answers.recv() => answer.unwrap(),
            status = self.process.wait() => Err(format!("the function ended: {status:?}")),
        }
    }

    /// Kills the function. Returns its log.
    pub async fn killed(mut self) -> String {
        self.process.start_kill().unwrap();
        self.ended().await.1
    }

    /// Waits for a function to exit. Returns its output.
    pub async fn ended(self) -> (bool, String) {
        let output = self.process.wait_with_output().await.unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

async fn next(State(queues): State<Arc<Queues>>) -> impl IntoResponse {
    queues.note_time();
    let event = queues.events.lock().await.recv().await;
    queues.note_time();
    let mut headers = HeaderMap::new();
    headers.insert("lambda-runtime-aws-request-id", "7d1f0c2e-invocation".parse().unwrap());
    headers.insert("lambda-runtime-deadline-ms", "99999999999999".parse().unwrap());
    headers.insert("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:0:function:x".parse().unwrap());
    match event {
        Some(event) => (StatusCode::OK, headers, event),
        None => (StatusCode::GONE, headers, String::new()),
    }
}

async fn response(State(queues): State<Arc<Queues>>, Path(_): Path<String>, body: String) -> StatusCode {
    queues.note_time();
    queues.answers.send(Ok(body)).await.unwrap();
    StatusCode::ACCEPTED
}

async fn error(State(queues): State<Arc<Queues>>, Path(_): Path<String>, body: String) -> StatusCode {
    queues.answers.send(Err(body)).await.unwrap();
    StatusCode::ACCEPTED
}

async fn init_error(State(queues): State<Arc<Queues>>, body: String) -> StatusCode {
    queues.answers.send(Err(body)).await.unwrap();
    StatusCode::ACCEPTED
}
