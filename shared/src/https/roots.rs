//! Which certificate authorities a client trusts.
//!
//! Parsing the system's bundle costs a start more than everything else we do there, so Amazon's own roots are compiled in.
//! AWS recommends trusting all five: <https://www.amazontrust.com/repository>. A test holds them to Mozilla's list.

use std::sync::{Arc, LazyLock};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

const AMAZON_PEM: &[u8] = include_bytes!("amazon-roots.pem");

static AMAZON: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(AMAZON_PEM).filter_map(Result::ok));
    Arc::new(roots)
});

static SYSTEM: LazyLock<Arc<RootCertStore>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    let (known, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if known == 0 {
        tracing::warn!("no certificate authority was found; no https address can be called");
    }
    Arc::new(roots)
});

/// A set of certificate authorities.
#[derive(Debug, Clone)]
pub enum Roots {
    /// Amazon Trust Services.
    Amazon,
    /// Those of the system, or of `SSL_CERT_FILE` and `SSL_CERT_DIR` where they are set.
    System,
    /// Those of a file, and no others.
    Bundle(Bundle),
}

/// At least one certificate.
#[derive(Debug, Clone)]
pub struct Bundle(Arc<RootCertStore>);

impl Bundle {
    /// Parses PEM; `None` if it holds no certificate, or one that cannot be parsed.
    #[must_use]
    pub fn parse(pem: &[u8]) -> Option<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots.add(certificate.ok()?).ok()?;
        }
        (!roots.is_empty()).then(|| Self(Arc::new(roots)))
    }
}

impl Roots {
    /// The authorities that sign for AWS in a region. China and the isolated partitions have others than Amazon's.
    #[must_use]
    pub fn of_region(region: &str) -> Self {
        let is_elsewhere = region.starts_with("cn-") || region.contains("-iso");
        if is_elsewhere { Self::System } else { Self::Amazon }
    }

    pub(crate) fn store(&self) -> Arc<RootCertStore> {
        match self {
            Self::Amazon => Arc::clone(&AMAZON),
            Self::System => Arc::clone(&SYSTEM),
            Self::Bundle(Bundle(roots)) => Arc::clone(roots),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a certificate's subject names an authority of Amazon's.
    fn is_amazon(certificate: &[u8]) -> bool {
        let holds = |name: &str| certificate.windows(name.len()).any(|part| part == name.as_bytes());
        holds("Amazon Root CA") || holds("Starfield Services Root Certificate Authority")
    }

    #[test]
    fn the_roots_compiled_in_are_amazons_of_mozillas_list() {
        let mut ours: Vec<_> = CertificateDer::pem_slice_iter(AMAZON_PEM).map(Result::unwrap).collect();
        let mut listed: Vec<_> =
            webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter(|root| is_amazon(root)).cloned().collect();
        ours.sort_by(|one, other| one.as_ref().cmp(other.as_ref()));
        listed.sort_by(|one, other| one.as_ref().cmp(other.as_ref()));
        assert_eq!(ours, listed, "take shared/src/https/amazon-roots.pem from the list again");
        assert_eq!((ours.len(), Roots::Amazon.store().len()), (5, 5));
    }

    #[test]
    fn a_bundle_holds_certificates_and_only_such_as_can_be_parsed() {
        assert!(Bundle::parse(AMAZON_PEM).is_some());
        let broken = String::from_utf8_lossy(AMAZON_PEM).replacen("MII", "AAA", 1);
        for pem in ["", "Amazon", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &broken] {
            assert!(Bundle::parse(pem.as_bytes()).is_none(), "{pem:.60}");
        }
    }

    #[test]
    fn partitions_with_other_authorities_trust_the_systems() {
        for (region, is_amazon) in [
            ("us-east-1", true),
            ("us-gov-west-1", true),
            ("eusc-de-east-1", true),
            ("cn-north-1", false),
            ("us-iso-east-1", false),
            ("us-isob-east-1", false),
            ("eu-isoe-west-1", false),
        ] {
            assert_eq!(matches!(Roots::of_region(region), Roots::Amazon), is_amazon, "{region}");
        }
    }
}
