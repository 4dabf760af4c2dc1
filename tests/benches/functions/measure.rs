//! One start of a function and its calls.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use super::runtime_api::Function;

/// One column of the table after another.
pub type Sample = [f64; DECIMALS.len()];
pub const HEADINGS: &str = "  init ms first ms   sum ms  warm µs   p99 µs   CPU µs   RSS MB  file MB";
pub const DECIMALS: [usize; 8] = [2, 2, 2, 0, 0, 0, 1, 1];

/// Starts a binary, calls it so often, and ends it. `event` returns the event of each call.
pub async fn run(
    binary: &Path,
    variables: &[(&str, &str)],
    calls: usize,
    event: impl Fn(usize) -> String,
) -> Result<Sample, String> {
    let file =
        fs::metadata(binary).map_err(|error| format!("{}: {error}; run `make release` first", binary.display()))?;
    let mut function = Function::start_logging(binary.to_str().unwrap(), variables, Stdio::null()).await;
    let process = function.process.id().unwrap();
    let mut cpu_us = 0.0;
    for call in 0..calls {
        let answer = function.try_invoke(&event(call)).await?;
        // An envelope without an exception, or a call that `authorize` allows.
        let is_envelope = answer.contains(r#""statusCode":200"#) && answer.contains(r#"\"exception\":null"#);
        if !is_envelope && !answer.contains(r#""Effect":"Allow""#) {
            return Err(format!("call {} was answered {answer}", call + 1));
        }
        if call == 0 {
            cpu_us = processor_us(process);
        }
    }
    let (cpu_us, rss_mb) = ((processor_us(process) - cpu_us) / (calls - 1) as f64, memory_mb(process));
    let times = function.times.lock().unwrap().clone();
    function.killed().await;
    let us = |from: usize, to: usize| (times[to] - times[from]).as_secs_f64() * 1e6;
    let (init_ms, first_ms) = (us(0, 1) / 1e3, us(2, 3) / 1e3);
    let warm_us: Vec<f64> = (1..calls).map(|call| us(3 * call + 2, 3 * call + 3)).collect();
    let [p50_us, p99_us] = [50, 99].map(|percent| quantile(warm_us.clone(), percent));
    Ok([init_ms, first_ms, init_ms + first_ms, p50_us, p99_us, cpu_us, rss_mb, file.len() as f64 / 1e6])
}

/// The value that so many percent of all values do not exceed.
pub fn quantile(mut values: Vec<f64>, percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() - 1) * percent / 100]
}

/// Processor time of all threads of a process so far.
fn processor_us(process: u32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap().flatten();
    let ns = |text: String| text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok());
    threads.filter_map(|thread| ns(fs::read_to_string(thread.path().join("schedstat")).ok()?)).sum::<f64>() / 1e3
}

/// Resident memory of a process.
fn memory_mb(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1024.0
}
