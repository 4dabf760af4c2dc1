//! The operator's page as a table of files, for whoever serves it: the local gateway, and `admin console`.

/// Where the page may take what from: itself only.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                          form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// A file of the page.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Its path below the folder that it is served from; that of the page itself is empty.
    pub path: &'static str,
    /// Its `content-type`.
    pub media_type: &'static str,
    /// What it holds.
    pub content: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[
            File { path: "", media_type: "text/html; charset=utf-8", content: include_str!("index.html") },
            File { path: "console.css", media_type: "text/css; charset=utf-8", content: include_str!("console.css") },
            File { path: "icon.svg", media_type: "image/svg+xml", content: include_str!("icon.svg") },
            $(File { path: $path, media_type: SCRIPT, content: include_str!($path) },)*
        ]
    };
}

/// Every file; a test compares them with the folder.
pub const FILES: &[File] = files![
    "actions.js",
    "address.js",
    "api.js",
    "app.js",
    "dialog.js",
    "dom.js",
    "faults.js",
    "lists.js",
    "live.js",
    "main.js",
    "order-details.js",
    "order-history.js",
    "parts.js",
    "rows.js",
    "screens/all.js",
    "screens/attention.js",
    "screens/file.js",
    "screens/files.js",
    "screens/find.js",
    "screens/order.js",
    "screens/orders.js",
    "screens/sign-in.js",
    "screens/unknown.js",
    "session.js",
    "shell.js",
    "table.js",
    "time.js",
];

/// Returns the file with this path.
#[must_use]
pub fn find(path: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.path == path)
}
