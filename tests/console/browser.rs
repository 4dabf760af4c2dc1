//! A browser of one test: headless Chromium, driven through ChromeDriver by the W3C's protocol.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use crate::support::root;

/// Where Debian's `chromium-driver` puts it, and where others may.
const DRIVERS: [&str; 3] = ["/usr/bin/chromedriver", "/usr/local/bin/chromedriver", "/usr/lib/chromium/chromedriver"];
/// The key of an element's reference.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// How long a condition may take to hold, far longer than it does.
const PATIENCE_MS: u32 = 60_000;

/// One browser at a time: two of them and their stacks are more than a small machine can do.
static TURN: Mutex<()> = Mutex::const_new(());

/// A browser with one window.
pub struct Browser {
    driver: Child,
    at: SocketAddr,
    session: String,
    http: reqwest::Client,
    /// The origin of the page, which nothing may leave.
    origin: String,
    _turn: MutexGuard<'static, ()>,
}

impl Browser {
    /// Starts a browser for the pages of a gateway; `None`, and a line that says so, where there is no ChromeDriver.
    pub async fn start(gateway: SocketAddr) -> Option<Self> {
        let Some(path) = DRIVERS.into_iter().find(|path| PathBuf::from(path).exists()) else {
            say(
                "NOT TESTED: the console, since there is no chromedriver (Debian: apt-get install chromium chromium-driver)",
            );
            return None;
        };
        let turn = TURN.lock().await;
        let mut driver =
            Command::new(path).arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            line.strip_prefix("ChromeDriver was started successfully on port ")?
                .trim_end_matches('.')
                .parse::<u16>()
                .ok()
        });
        let at = SocketAddr::from(([127, 0, 0, 1], port.expect("chromedriver names its port")));
        let origin = format!("http://{gateway}");
        let http = reqwest::Client::new();
        let mut browser = Self { driver, at, session: String::new(), http, origin, _turn: turn };
        // The pages are our own, and root may not use the sandbox. The rest keeps Chromium's own requests away.
        let args = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--window-size=1280,900",
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": args },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "timeouts": { "script": PATIENCE_MS },
        } } });
        let session = browser.send(Method::POST, "/session", Some(wanted)).await.unwrap();
        session["sessionId"].as_str().unwrap().clone_into(&mut browser.session);
        Some(browser)
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Value> {
        let request = self.http.request(method, format!("http://{}{path}", self.at));
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(body.to_string()),
            None => request,
        };
        let response = request.send().await.unwrap();
        let is_done = response.status().is_success();
        let mut answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        let value = answer["value"].take();
        if is_done { Ok(value) } else { Err(value) }
    }

    async fn command(&self, path: &str, body: Value) -> Result<Value, Value> {
        self.send(Method::POST, &format!("/session/{}{path}", self.session), Some(body)).await
    }

    /// Calls the DevTools protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) {
        self.command("/goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await.unwrap();
    }

    /// Opens the console at a hash, such as `#/orders`.
    pub async fn open(&self, hash: &str) {
        let url = format!("{}/console/{hash}", self.origin);
        self.command("/url", json!({ "url": url })).await.unwrap();
    }

    /// Goes to a hash in the page that is open.
    pub async fn go(&self, hash: &str) {
        self.run("location.hash = arguments[0]", json!([hash])).await;
    }

    /// Runs a script with arguments, and returns what it returns.
    pub async fn run(&self, script: &str, arguments: Value) -> Value {
        let answer = self.command("/execute/sync", json!({ "script": script, "args": arguments })).await;
        answer.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Waits until an expression is true, and returns its value.
    pub async fn until(&self, expression: &str) -> Value {
        let script = format!(
            "const done = arguments[0]; const look = () => {{ let value; try {{ value = {expression}; }} catch {{}} \
             if (value) done(value); else setTimeout(look, 25); }}; look();"
        );
        match self.command("/execute/async", json!({ "script": script, "args": [] })).await {
            Ok(value) => value,
            Err(error) => panic!("{expression}: {error}\nThe page says: {}", self.text("body").await),
        }
    }

    /// Waits for an element.
    pub async fn wait(&self, selector: &str) {
        self.until(&format!("document.querySelector({}) !== null", json!(selector))).await;
    }

    /// Waits until an element holds these words.
    pub async fn wait_for_words(&self, selector: &str, words: &str) {
        let (selector, words) = (json!(selector), json!(words));
        self.until(&format!("[...document.querySelectorAll({selector})].some((it) => it.innerText.includes({words}))"))
            .await;
    }

    /// Returns the text of an element as it is shown; nothing where there is none.
    pub async fn text(&self, selector: &str) -> String {
        let text = self.run("return document.querySelector(arguments[0])?.innerText ?? ''", json!([selector])).await;
        text.as_str().unwrap().to_owned()
    }

    /// Returns how many elements there are.
    pub async fn count(&self, selector: &str) -> u64 {
        self.run("return document.querySelectorAll(arguments[0]).length", json!([selector])).await.as_u64().unwrap()
    }

    /// Waits for an element and does something with it; again if it was replaced meanwhile.
    async fn with_element(&self, selector: &str, deed: &str, body: Value) {
        loop {
            self.wait(selector).await;
            let by = json!({ "using": "css selector", "value": selector });
            let done = match self.command("/element", by).await {
                Ok(found) => {
                    let id = found[ELEMENT].as_str().unwrap();
                    self.command(&format!("/element/{id}/{deed}"), body.clone()).await
                }
                Err(error) => Err(error),
            };
            match done {
                Ok(_) => return,
                Err(error)
                    if ["stale element reference", "no such element"].iter().any(|kind| error["error"] == *kind) => {}
                Err(error) => panic!("{deed} {selector}: {error}"),
            }
        }
    }

    /// Clicks as a person would: an element that is covered or out of reach fails the test.
    pub async fn click(&self, selector: &str) {
        self.with_element(selector, "click", json!({})).await;
    }

    /// Empties a field and types into it.
    pub async fn type_into(&self, selector: &str, text: &str) {
        self.with_element(selector, "clear", json!({})).await;
        self.with_element(selector, "value", json!({ "text": text })).await;
    }

    /// Presses keys where the focus is.
    pub async fn press(&self, keys: &[&str]) {
        let down = keys.iter().map(|key| json!({ "type": "keyDown", "value": key }));
        let up = keys.iter().rev().map(|key| json!({ "type": "keyUp", "value": key }));
        let actions: Vec<Value> = down.chain(up).collect();
        self.command("/actions", json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] }))
            .await
            .unwrap();
    }

    /// Sets the size of the page and its colours, `light` or `dark`.
    pub async fn look(&self, width: u32, colours: &str) {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": colours }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Returns a picture of the window, as PNG.
    pub async fn picture(&self) -> Vec<u8> {
        let picture = self.send(Method::GET, &format!("/session/{}/screenshot", self.session), None).await.unwrap();
        BASE64_STANDARD.decode(picture.as_str().unwrap()).unwrap()
    }

    /// Fails if axe-core finds anything in the page. Says so where it is not installed.
    pub async fn check_with_axe(&self) {
        let Ok(axe) = std::fs::read_to_string(root().join(".venv/axe/node_modules/axe-core/axe.min.js")) else {
            say("NOT TESTED: accessibility, since .venv/axe has no axe-core (.ci/run installs it)");
            return;
        };
        self.run(&axe, json!([])).await;
        let script = "const done = arguments[0]; axe.run().then(({ violations, passes }) => \
                      done({ passes: passes.length, found: violations.map((it) => [it.id, it.nodes.map((node) => node.failureSummary + node.html)]) }), \
                      (error) => done({ passes: 0, found: [String(error)] }));";
        let checked = self.command("/execute/async", json!({ "script": script, "args": [] })).await.unwrap();
        let hash = self.run("return location.hash", json!([])).await;
        assert!(checked["passes"].as_u64() > Some(10) && checked["found"] == json!([]), "{hash}: {checked:#}");
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        self.command("/se/log", json!({ "type": kind })).await.unwrap().as_array().unwrap().clone()
    }

    /// Fails if the page complained or asked another origin since the last time. Answers of the API that are no success
    /// are noted by the browser itself.
    pub async fn check_quiet(&self) {
        let is_refusal = |text: &str| text.contains("the server responded with a status of");
        let complaints: Vec<Value> = self.log("browser").await;
        let complaints: Vec<&Value> =
            complaints.iter().filter(|entry| !is_refusal(entry["message"].as_str().unwrap())).collect();
        assert!(complaints.is_empty(), "{complaints:#?}");
        let own = format!("{}/", self.origin);
        let mut requests = 0;
        for entry in self.log("performance").await {
            let event: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            if event["message"]["method"] == "Network.requestWillBeSent" {
                let url = event["message"]["params"]["request"]["url"].as_str().unwrap();
                // Chromium's own icon in a date field is a `data:` URL.
                assert!(url.starts_with(&own) || url.starts_with("data:image/"), "{url}");
                requests += 1;
            }
        }
        assert!(requests > 0, "the requests are seen");
    }
}

/// Writes a line.
#[expect(clippy::explicit_write, reason = "the test runner keeps back what `eprintln!` writes")]
fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").unwrap();
}

impl Drop for Browser {
    /// Ends Chromium, also after a failed test: ChromeDriver alone would leave it behind.
    fn drop(&mut self) {
        if let Ok(mut stream) = TcpStream::connect(self.at) {
            let request =
                format!("DELETE /session/{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.session, self.at);
            if stream.write_all(request.as_bytes()).is_ok() {
                let answered = BufReader::new(stream).lines().next();
                drop(answered);
            }
        }
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}
