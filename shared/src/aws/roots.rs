//! Which certificate authorities the AWS clients trust.
//!
//! Parsing the system's bundle costs a start more than everything else we do there, so Amazon's own roots are compiled in.
//! AWS recommends trusting all five: <https://www.amazontrust.com/repository>. A test holds them to Mozilla's list.

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

const AMAZON: &str = include_str!("amazon-roots.pem");

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

/// Certificates in PEM, at least one, each of which can be parsed.
#[derive(Debug, Clone)]
pub struct Bundle(Vec<u8>);

impl Bundle {
    /// Parses PEM; `None` if it holds no certificate, or one that cannot be parsed.
    #[must_use]
    pub fn parse(pem: Vec<u8>) -> Option<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            roots.add(certificate.ok()?).ok()?;
        }
        (!roots.is_empty()).then_some(Self(pem))
    }
}

impl Roots {
    /// The authorities that sign for AWS in a region. China and the isolated partitions have others than Amazon's.
    #[must_use]
    pub fn of_region(region: &str) -> Self {
        let is_elsewhere = region.starts_with("cn-") || region.contains("-iso");
        if is_elsewhere { Self::System } else { Self::Amazon }
    }

    pub(crate) fn tls_context(&self) -> TlsContext {
        let store = match self {
            Self::Amazon => TrustStore::empty().with_pem_certificate(AMAZON),
            Self::System => TrustStore::default(),
            Self::Bundle(Bundle(pem)) => TrustStore::empty().with_pem_certificate(pem.clone()),
        };
        // Building the context fails for no trust store; the default one has the system's roots.
        TlsContext::builder().with_trust_store(store).build().unwrap_or_default()
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
        let mut ours: Vec<_> = CertificateDer::pem_slice_iter(AMAZON.as_bytes()).map(Result::unwrap).collect();
        let mut listed: Vec<_> =
            webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter(|root| is_amazon(root)).cloned().collect();
        ours.sort_by(|one, other| one.as_ref().cmp(other.as_ref()));
        listed.sort_by(|one, other| one.as_ref().cmp(other.as_ref()));
        assert_eq!(ours, listed, "take shared/src/aws/amazon-roots.pem from the list again");
        assert_eq!(ours.len(), 5);
    }

    #[test]
    fn a_bundle_holds_certificates_and_only_such_as_can_be_parsed() {
        assert!(Bundle::parse(AMAZON.into()).is_some());
        let broken = AMAZON.replacen("MII", "AAA", 1);
        for pem in ["", "Amazon", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &broken] {
            assert!(Bundle::parse(pem.into()).is_none(), "{pem:.60}");
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
