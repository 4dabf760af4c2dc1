//! The files of the operator's page, as bytes, for whoever serves it. A test compares the list with the folder.

/// What the page may load, and from where: only its own files, and the API of its own origin.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'none'; \
     base-uri 'none'; frame-ancestors 'none'";

/// A file of the page.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Its path below the page, without a slash before it.
    pub path: &'static str,
    /// Its content.
    pub content: &'static [u8],
}

macro_rules! files {
    ($($path:literal,)*) => {
        &[$(File { path: $path, content: include_bytes!($path) },)*]
    };
}

/// Every file that is served.
pub const FILES: &[File] = files![
    "actions.js",
    "address.js",
    "api.js",
    "app.js",
    "console.css",
    "dialog.js",
    "dom.js",
    "faults.js",
    "icon.svg",
    "index.html",
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

/// Returns the file at a path below the page; the empty path is the page itself.
#[must_use]
pub fn find(path: &str) -> Option<File> {
    let path = if path.is_empty() { "index.html" } else { path };
    FILES.iter().find(|file| file.path == path).copied()
}

impl File {
    /// Returns its media type, by the end of its name.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self.path.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "application/octet-stream",
        }
    }
}
