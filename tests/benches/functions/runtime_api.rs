//! The Runtime API for one start of a binary, with a watch in its hand.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Calls after the first one.
pub const CALLS: usize = 200;
const PATIENCE: Duration = Duration::from_secs(30);

/// One start and its calls; warm values are medians.
pub struct Sample {
    /// From starting the process to its first request for work.
    pub init_ms: f64,
    /// From the first event to its answer.
    pub first_ms: f64,
    /// The same for the calls after it.
    pub warm_us: f64,
    /// Processor time of one of them.
    pub cpu_us: f64,
    /// Memory after the last one.
    pub rss_mb: f64,
}

/// A request of the function.
struct Asked {
    at: Instant,
    path: String,
    body: String,
    stream: TcpStream,
}

/// A process that ends with the measurement.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Starts a binary, gives it one event after another, and ends it.
pub fn measure(binary: &Path, event: &str, variables: &[(&str, &str)]) -> Result<Sample, String> {
    let listener = TcpListener::bind(super::ANY_PORT).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, asked) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let sender = sender.clone();
            thread::spawn(move || read(&stream, &sender));
        }
    });
    let mut command = Command::new(binary);
    command.env_clear().envs(variables.iter().copied()).env("AWS_LAMBDA_RUNTIME_API", address);
    command.env("AWS_LAMBDA_FUNCTION_NAME", "benchmark").env("AWS_LAMBDA_FUNCTION_VERSION", "1");
    command.env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256").stderr(Stdio::null());
    let start = Instant::now();
    let process = command.spawn().map_err(|error| format!("{}: {error}; run `make release`", binary.display()))?;
    let process = Process(process);
    let pid = process.0.id();
    let (mut calls_ms, mut given, mut init_ms, mut cpu_us) = (Vec::new(), start, 0.0, 0.0);
    loop {
        let Asked { at, path, body, mut stream } = asked.recv_timeout(PATIENCE).map_err(|error| error.to_string())?;
        if path.ends_with("/next") {
            match calls_ms.len() {
                0 => init_ms = ms(at - start),
                1 => cpu_us = processor_us(pid),
                calls if calls > CALLS => break,
                _ => {}
            }
            given = Instant::now();
            write!(stream, "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: 7d1f0c2e\r\nlambda-runtime-deadline-ms: 99999999999999\r\nlambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:0:function:x\r\ncontent-length: {}\r\n\r\n{event}", event.len()).unwrap();
        } else if path.ends_with("/response") && body.contains("\"statusCode\":200") {
            calls_ms.push(ms(at - given));
            stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").unwrap();
        } else {
            return Err(format!("{path}: {body}"));
        }
    }
    let cpu_us = (processor_us(pid) - cpu_us) / f64::from(u32::try_from(CALLS).unwrap());
    let first_ms = calls_ms.remove(0);
    Ok(Sample { init_ms, first_ms, warm_us: super::median(calls_ms) * 1e3, cpu_us, rss_mb: memory_mb(pid) })
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Passes on the requests of one connection.
fn read(stream: &TcpStream, sender: &Sender<Asked>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first).ok()? == 0 {
            return None;
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let path = first.split(' ').nth(1)?.to_owned();
        let body = String::from_utf8(body).ok()?;
        sender.send(Asked { at: Instant::now(), path, body, stream: stream.try_clone().ok()? }).ok()?;
    }
}

/// Processor time of all threads of a process so far.
fn processor_us(pid: u32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
    let ns = |text: String| text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok());
    threads.filter_map(|thread| ns(fs::read_to_string(thread.path().join("schedstat")).ok()?)).sum::<f64>() / 1e3
}

/// Resident memory of a process.
fn memory_mb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1024.0
}
