//! Which protocols and ciphers: the texts after `--ssl-protocols`, `--ssl-ciphers` and `--ssl-ciphersuites`.

use std::str::FromStr;

use rustls::crypto::CryptoProvider;
use rustls::{CipherSuite, SupportedProtocolVersion, version};

/// A setting that cannot be honoured: which word of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsSettingError {
    /// A protocol that is none, or too old to be safe: only TLS 1.2 and 1.3 are spoken.
    #[error("{0}: SSL/TLS protocol not recognized, only TLSv1.2 and TLSv1.3 are")]
    Protocol(String),
    /// No protocol is named.
    #[error("SSL/TLS protocol settings invalid")]
    NoProtocol,
    /// A cipher, or a word of OpenSSL's cipher lists, that is not available.
    #[error("cipher {0:?} is not available")]
    Cipher(String),
    /// The list leaves no cipher.
    #[error("no cipher is left")]
    NoCipher,
}

/// The versions of TLS that may be spoken: both by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocols {
    tls12: bool,
    tls13: bool,
}

impl Default for Protocols {
    fn default() -> Protocols {
        Protocols { tls12: true, tls13: true }
    }
}

impl Protocols {
    pub(super) fn versions(self) -> Vec<&'static SupportedProtocolVersion> {
        let tls13 = self.tls13.then_some(&version::TLS13);
        let tls12 = self.tls12.then_some(&version::TLS12);
        tls13.into_iter().chain(tls12).collect()
    }
}

impl FromStr for Protocols {
    type Err = TlsSettingError;

    /// Reads a list (`TLSv1.2,TLSv1.3`), a range (`TLSv1.2-TLSv1.3`), or a beginning (`TLSv1.2+`). As in Open vSwitch, a list means
    /// everything from its lowest to its highest.
    ///
    /// # Errors
    ///
    /// The first word that is neither `TLSv1.2` nor `TLSv1.3`, or that there is no word.
    fn from_str(text: &str) -> Result<Protocols, TlsSettingError> {
        let mut found = Protocols { tls12: false, tls13: false };
        let (list, and_later) = match text.strip_suffix('+') {
            Some(first) => (first, true),
            None => (text, false),
        };
        for word in list.split([',', ' ', '\t', '-']).filter(|word| !word.is_empty()) {
            match word {
                "TLSv1.2" => found.tls12 = true,
                "TLSv1.3" => found.tls13 = true,
                _ => return Err(TlsSettingError::Protocol(word.to_owned())),
            }
        }
        found.tls13 |= and_later && found.tls12;
        if found.tls12 || found.tls13 { Ok(found) } else { Err(TlsSettingError::NoProtocol) }
    }
}

/// The cipher suites that may be used, most wanted first: by default all that rustls has, which are those that need no apology.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ciphers {
    tls12: Vec<CipherSuite>,
    tls13: Vec<CipherSuite>,
}

/// A cipher suite of TLS 1.2: its name in OpenSSL, and the words of cipher lists that mean it among others.
struct Suite {
    id: CipherSuite,
    name: &'static str,
    words: [&'static str; 3],
}

const TLS12: [Suite; 6] = {
    const fn suite(id: CipherSuite, name: &'static str, words: [&'static str; 3]) -> Suite {
        Suite { id, name, words }
    }
    use CipherSuite as C;
    [
        suite(
            C::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            "ECDHE-ECDSA-AES256-GCM-SHA384",
            ["aECDSA", "AES256", "AESGCM"],
        ),
        suite(
            C::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            "ECDHE-RSA-AES256-GCM-SHA384",
            ["aRSA", "AES256", "AESGCM"],
        ),
        suite(
            C::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            "ECDHE-ECDSA-CHACHA20-POLY1305",
            ["aECDSA", "CHACHA20", ""],
        ),
        suite(
            C::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            "ECDHE-RSA-CHACHA20-POLY1305",
            ["aRSA", "CHACHA20", ""],
        ),
        suite(
            C::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            "ECDHE-ECDSA-AES128-GCM-SHA256",
            ["aECDSA", "AES128", "AESGCM"],
        ),
        suite(
            C::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            "ECDHE-RSA-AES128-GCM-SHA256",
            ["aRSA", "AES128", "AESGCM"],
        ),
    ]
};

const TLS13: [(&str, CipherSuite); 3] = [
    ("TLS_AES_256_GCM_SHA384", CipherSuite::TLS13_AES_256_GCM_SHA384),
    ("TLS_CHACHA20_POLY1305_SHA256", CipherSuite::TLS13_CHACHA20_POLY1305_SHA256),
    ("TLS_AES_128_GCM_SHA256", CipherSuite::TLS13_AES_128_GCM_SHA256),
];

/// Words of cipher lists that mean all suites of [`TLS12`].
const ALL: [&str; 8] = ["ALL", "DEFAULT", "HIGH", "TLSv1.2", "ECDHE", "EECDH", "kECDHE", "kEECDH"];

/// Words that mean none of them: to leave these out is easy, to ask for them adds nothing.
const NONE: [&str; 49] = [
    "3DES",
    "ADH",
    "AECDH",
    "AESCCM",
    "AESCCM8",
    "ARIA",
    "CAMELLIA",
    "COMPLEMENTOFALL",
    "COMPLEMENTOFDEFAULT",
    "DES",
    "DH",
    "DHE",
    "DSS",
    "EDH",
    "EXP",
    "EXPORT",
    "IDEA",
    "LOW",
    "MD5",
    "MEDIUM",
    "NULL",
    "PSK",
    "RC2",
    "RC4",
    "RSA",
    "SEED",
    "SHA",
    "SHA1",
    "SHA256",
    "SHA384",
    "SRP",
    "SSLv2",
    "SSLv3",
    "TLSv1",
    "TLSv1.0",
    "aDSS",
    "aNULL",
    "aPSK",
    "aSRP",
    "eNULL",
    "kDHE",
    "kDHEPSK",
    "kECDHEPSK",
    "kEDH",
    "kPSK",
    "kRSA",
    "kRSAPSK",
    "kSRP",
    "GOST",
];

impl Default for Ciphers {
    fn default() -> Ciphers {
        Ciphers {
            tls12: TLS12.iter().map(|s| s.id).collect(),
            tls13: TLS13.iter().map(|(_, id)| *id).collect(),
        }
    }
}

impl Ciphers {
    /// Reads an OpenSSL cipher list, which governs TLS 1.2: names, words such as `HIGH` or `ECDHE+AESGCM`, each after `!`, `-` or `+` or
    /// nothing, between colons, commas or blanks. `@STRENGTH` and `@SECLEVEL` up to 2 are what rustls does anyway.
    ///
    /// # Errors
    ///
    /// A name or a word that is not known here, or that nothing is left. OpenSSL passes over the former in silence.
    pub fn set_tls12(&mut self, list: &str) -> Result<(), TlsSettingError> {
        let mut banned = Vec::new();
        let mut chosen: Vec<CipherSuite> = Vec::new();
        for word in list.split([':', ',', ' ', ';']).filter(|word| !word.is_empty()) {
            if matches!(word, "@STRENGTH" | "@SECLEVEL=0" | "@SECLEVEL=1" | "@SECLEVEL=2") {
                continue;
            }
            let sign = word.chars().next().filter(|c| matches!(c, '!' | '-' | '+'));
            let meant = suites_of(word.trim_start_matches(['!', '-', '+']), matches!(sign, Some('!' | '-')))
                .ok_or_else(|| TlsSettingError::Cipher(word.to_owned()))?;
            match sign {
                Some('!') => banned.extend(meant.iter().copied()),
                Some('-') => chosen.retain(|id| !meant.contains(id)),
                Some(_) => chosen.sort_by_key(|id| meant.contains(id)),
                None => {
                    let new: Vec<_> = meant.into_iter().filter(|id| !chosen.contains(id)).collect();
                    chosen.extend(new);
                }
            }
        }
        chosen.retain(|id| !banned.contains(id));
        if chosen.is_empty() {
            return Err(TlsSettingError::NoCipher);
        }
        self.tls12 = chosen;
        Ok(())
    }

    /// Reads a list of cipher suites of TLS 1.3 such as `TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256`.
    ///
    /// # Errors
    ///
    /// A name that is not known here, or no name.
    pub fn set_tls13(&mut self, list: &str) -> Result<(), TlsSettingError> {
        let mut chosen = Vec::new();
        for word in list.split([':', ',', ' ']).filter(|word| !word.is_empty()) {
            let known = TLS13.iter().find(|(name, _)| *name == word);
            let (_, id) = known.ok_or_else(|| TlsSettingError::Cipher(word.to_owned()))?;
            chosen.push(*id);
        }
        if chosen.is_empty() {
            return Err(TlsSettingError::NoCipher);
        }
        self.tls13 = chosen;
        Ok(())
    }

    /// rustls's cryptography reduced to these suites.
    pub(super) fn provider(&self) -> CryptoProvider {
        let mut provider = rustls::crypto::ring::default_provider();
        let all = std::mem::take(&mut provider.cipher_suites);
        let chosen = self.tls13.iter().chain(&self.tls12);
        provider.cipher_suites =
            chosen.filter_map(|id| all.iter().find(|s| s.suite() == *id).copied()).collect();
        provider
    }
}

/// The suites that a name or a sum of words (`ECDHE+AES`) means. Where they are to be left out, any name of a suite will do: those that
/// are unknown here are left out already.
fn suites_of(text: &str, left_out: bool) -> Option<Vec<CipherSuite>> {
    if let Some(suite) = TLS12.iter().find(|s| s.name == text) {
        return Some(vec![suite.id]);
    }
    if left_out && text.contains('-') {
        return Some(Vec::new());
    }
    let mut meant: Vec<&Suite> = TLS12.iter().collect();
    for word in text.split('+') {
        match word {
            _ if ALL.contains(&word) => {}
            _ if NONE.contains(&word) => meant.clear(),
            "AES" => meant.retain(|s| s.words.contains(&"AESGCM")),
            "ECDSA" => meant.retain(|s| s.words.contains(&"aECDSA")),
            "aECDSA" | "aRSA" | "AES128" | "AES256" | "AESGCM" | "CHACHA20" => {
                meant.retain(|s| s.words.contains(&word))
            }
            _ => return None,
        }
    }
    Some(meant.into_iter().map(|s| s.id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols() {
        let both = Ok(Protocols::default());
        let only12 = Ok(Protocols { tls12: true, tls13: false });
        let only13 = Ok(Protocols { tls12: false, tls13: true });
        let refused = |word: &str| Err(TlsSettingError::Protocol(word.into()));
        let cases = [
            ("TLSv1.2", only12.clone()),
            ("TLSv1.3", only13.clone()),
            ("TLSv1.3+", only13),
            ("TLSv1.2+", both.clone()),
            ("TLSv1.2,TLSv1.3", both.clone()),
            ("TLSv1.3, TLSv1.2", both.clone()),
            ("TLSv1.2-TLSv1.3", both),
            ("TLSv1.2-TLSv1.2", only12),
            ("", Err(TlsSettingError::NoProtocol)),
            ("+", Err(TlsSettingError::NoProtocol)),
            ("TLSv1,TLSv1.1,TLSv1.2", refused("TLSv1")),
            ("TLSv1.1+", refused("TLSv1.1")),
            ("tlsv1.2", refused("tlsv1.2")),
            ("TLSv1.2+,TLSv1.3", refused("TLSv1.2+")),
        ];
        for (text, expect) in cases {
            assert_eq!(text.parse::<Protocols>(), expect, "{text:?}");
        }
    }

    #[test]
    fn cipher_lists() {
        let ok = |places: &[usize]| Ok(places.iter().map(|&i| TLS12[i].id).collect::<Vec<_>>());
        let refused = |word: &str| Err(TlsSettingError::Cipher(word.into()));
        let all = ok(&[0, 1, 2, 3, 4, 5]);
        let cases = [
            ("HIGH:!aNULL:!MD5", all.clone()),
            ("DEFAULT:@SECLEVEL=2", all.clone()),
            ("HIGH:MEDIUM:!DES-CBC3-SHA:-RC4", all),
            ("ECDHE-RSA-AES128-GCM-SHA256", ok(&[5])),
            ("AESGCM:!AES128", ok(&[0, 1])),
            ("ECDHE+aRSA+AES,CHACHA20", ok(&[1, 5, 2, 3])),
            ("HIGH:-ECDSA:ECDHE-ECDSA-CHACHA20-POLY1305", ok(&[1, 3, 5, 2])),
            ("!aRSA:HIGH", ok(&[0, 2, 4])),
            ("HIGH:+AES256", ok(&[2, 3, 4, 5, 0, 1])),
            ("", Err(TlsSettingError::NoCipher)),
            ("RSA", Err(TlsSettingError::NoCipher)),
            ("HIGH:!ECDHE", Err(TlsSettingError::NoCipher)),
            ("AES256-SHA", refused("AES256-SHA")),
            ("HIGH:foo", refused("foo")),
            ("HIGH:!foo", refused("!foo")),
            ("@SECLEVEL=5:HIGH", refused("@SECLEVEL=5")),
        ];
        for (text, expect) in cases {
            let mut ciphers = Ciphers::default();
            assert_eq!(ciphers.set_tls12(text).map(|()| ciphers.tls12), expect, "{text:?}");
        }
    }

    #[test]
    fn suites_of_tls13() {
        let mut ciphers = Ciphers::default();
        ciphers.set_tls13("TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384").unwrap();
        assert_eq!(ciphers.tls13, [TLS13[2].1, TLS13[0].1]);
        assert_eq!(
            ciphers.set_tls13("TLS_AES_128_CCM_SHA256"),
            Err(TlsSettingError::Cipher("TLS_AES_128_CCM_SHA256".into()))
        );
        assert_eq!(ciphers.set_tls13(""), Err(TlsSettingError::NoCipher));
    }

    #[test]
    fn every_suite_exists() {
        assert_eq!(Ciphers::default().provider().cipher_suites.len(), TLS12.len() + TLS13.len());
    }
}
