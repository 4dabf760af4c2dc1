//! Where a part of the stack listens.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

/// A host and a port: `127.0.0.1:3000`, `[::1]:3000` or `laptop.example:3000`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddress(String);

/// A text that is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be host:port, the host an IP address or a name")]
pub struct AddressError;

impl ListenAddress {
    /// Returns the text, as [`tokio::net::TcpListener::bind`] takes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the IP address or name.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.rsplit_once(':').map_or("", |(host, _)| host)
    }
}

impl FromStr for ListenAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(address.into());
        }
        let (name, port) = text.rsplit_once(':').ok_or(AddressError)?;
        let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        let is_port = |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
        if name.is_empty() || !is_name(name) || !is_port(port) {
            return Err(AddressError);
        }
        Ok(Self(text.to_owned()))
    }
}

impl From<SocketAddr> for ListenAddress {
    fn from(address: SocketAddr) -> Self {
        Self(address.to_string())
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_an_ip_address_or_a_name_with_a_port() {
        for (text, want) in [
            ("127.0.0.1:3000", Ok("127.0.0.1")),
            ("[::1]:3000", Ok("[::1]")),
            ("localhost:0", Ok("localhost")),
            ("laptop.example:65535", Ok("laptop.example")),
            ("laptop", Err(AddressError)),
            (":3000", Err(AddressError)),
            ("::1:3000", Err(AddressError)),
            ("laptop:", Err(AddressError)),
            ("laptop:+80", Err(AddressError)),
            ("laptop:65536", Err(AddressError)),
            ("http://laptop:80", Err(AddressError)),
            ("me@laptop:80", Err(AddressError)),
        ] {
            assert_eq!(
                ListenAddress::from_str(text).as_ref().map(ListenAddress::host),
                want.as_ref().copied(),
                "{text}"
            );
        }
    }
}
