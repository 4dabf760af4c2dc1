//! How the CMS is reached: the credential and the certificates of its secret, as a TLS client.

use std::fmt;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{AlertDescription, ClientConfig};
use serde::Deserialize;

use crate::domain::Sensitive;
use crate::https::{self, Bundle, Roots};

/// The credential and the certificates of a CMS, each of which has been parsed.
pub struct CmsConnection {
    /// The address of a profile's CMS.
    pub(super) url: Option<String>,
    pub(super) authorization: Option<Sensitive<String>>,
    pub(super) tls: ClientConfig,
}

/// The secret, or a part of it, is not usable. No value of it is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret of the card management system: {0}")]
pub struct ConnectionError(&'static str);

/// The secret as it is stored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CmsSecret {
    url: Option<String>,
    token: Option<String>,
    ca_bundle: Option<String>,
    client_certificate: Option<String>,
    client_key: Option<String>,
}

impl CmsConnection {
    /// Parses a secret: JSON with `token` (the header `authorization`), `caBundle` (the only authorities that are trusted;
    /// without it the system's), `clientCertificate` and `clientKey` (both or neither), all of them in PEM; of a profile also
    /// `url`.
    pub fn parse(secret: &str) -> Result<Self, ConnectionError> {
        let secret: CmsSecret = serde_json::from_str(secret).map_err(|_| {
            ConnectionError(
                "it must be JSON with url, token, caBundle, clientCertificate and clientKey, each of them optional",
            )
        })?;
        let roots = match &secret.ca_bundle {
            Some(pem) => {
                let bundle = Bundle::parse(pem.as_bytes());
                Roots::Bundle(bundle.ok_or(ConnectionError("caBundle must be certificates in PEM"))?)
            }
            None => Roots::System,
        };
        let identity = match (&secret.client_certificate, &secret.client_key) {
            (Some(certificate), Some(key)) => Some(identity(certificate, key)?),
            (None, None) => None,
            _ => return Err(ConnectionError("clientCertificate and clientKey must be there together")),
        };
        Ok(Self { url: secret.url, ..Self::new(secret.token, &roots, identity)? })
    }

    /// A connection with this header `authorization`, to a server that the system's authorities vouch for.
    pub fn with_token(token: Option<String>) -> Result<Self, ConnectionError> {
        Self::new(token, &Roots::System, None)
    }

    fn new(token: Option<String>, roots: &Roots, identity: Option<Identity>) -> Result<Self, ConnectionError> {
        // A header is of printable ASCII.
        if token.as_ref().is_some_and(|token| !token.bytes().all(|byte| (b' '..=b'~').contains(&byte))) {
            return Err(ConnectionError("token must be of printable ASCII characters"));
        }
        let builder = https::tls(roots.store()).map_err(|_| ConnectionError("TLS is not available"))?;
        let tls = match identity {
            Some(Identity { chain, key }) => builder
                .with_client_auth_cert(chain, key)
                .map_err(|_| ConnectionError("clientKey must be the key of clientCertificate"))?,
            None => builder.with_no_client_auth(),
        };
        Ok(Self { url: None, authorization: token.map(Sensitive::new), tls })
    }
}

/// Keeps the secrets out of logs.
impl fmt::Debug for CmsConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CmsConnection")
    }
}

/// What proves who we are.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

fn identity(certificate: &str, key: &str) -> Result<Identity, ConnectionError> {
    let broken = ConnectionError("clientCertificate must be certificates in PEM, our own first");
    let chain = CertificateDer::pem_slice_iter(certificate.as_bytes()).collect::<Result<Vec<_>, _>>();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or(broken)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|_| ConnectionError("clientKey must be a private key in PEM"))?;
    Ok(Identity { chain, key })
}

/// Whether a call failed because one side did not accept the other's certificate or version of TLS. The request was not
/// carried out then, and no repetition will be: the configuration is wrong.
pub(super) fn is_refused_by_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut error = Some(error);
    while let Some(cause) = error {
        // What an `io::Error` wraps is no source of it.
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let found = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(found) = found.or_else(|| cause.downcast_ref()) {
            return is_refusal(found);
        }
        error = inner.map(|inner| inner as &(dyn std::error::Error + 'static)).or_else(|| cause.source());
    }
    false
}

fn is_refusal(error: &rustls::Error) -> bool {
    use AlertDescription as Alert;
    match error {
        rustls::Error::InvalidCertificate(_)
        | rustls::Error::NoCertificatesPresented
        | rustls::Error::PeerIncompatible(_) => true,
        rustls::Error::AlertReceived(alert) => matches!(
            alert,
            Alert::AccessDenied
                | Alert::BadCertificate
                | Alert::CertificateExpired
                | Alert::CertificateRequired
                | Alert::CertificateRevoked
                | Alert::CertificateUnknown
                | Alert::DecryptError
                | Alert::HandshakeFailure
                | Alert::ProtocolVersion
                | Alert::UnknownCA
                | Alert::UnsupportedCertificate
        ),
        _ => false,
    }
}
