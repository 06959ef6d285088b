use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use ring::{digest, hmac};
use twclone_testkit::json;

use super::super::changed;
use super::super::forge::{Forge, another_key, encode, randomness};
use super::Wrong;

/// The prefix of the 32 bytes of an Ed25519 key in DER (RFC 8410).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// The order of the group. The second half of a signature is a number below it.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Returns the signing input with this algorithm in the header.
fn to_sign(forge: &Forge, algorithm: &str) -> String {
    let header = changed(&forge.header, "alg", &json!(algorithm));
    format!("{}.{}", encode(header.to_string()), encode(forge.claims.to_string()))
}

/// Returns tokens that are signed in other ways, or not at all.
pub(in super::super) fn signatures(forge: &Forge) -> Vec<Wrong> {
    [none(forge), secret(forge), other_algorithms(forge), other_signatures(forge)].concat()
}

fn none(forge: &Forge) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for algorithm in ["none", "None", "NONE", "nOnE", ""] {
        let signed = to_sign(forge, algorithm);
        let signature = encode(forge.sign(&signed));
        for end in [String::new(), ".".to_owned(), format!(".{signature}"), ".AA".to_owned()] {
            wrong.push((format!("alg {algorithm:?}"), format!("{signed}{end}")));
        }
    }
    wrong
}

/// Uses the public key, which everyone knows, as an HMAC secret.
fn secret(forge: &Forge) -> Vec<Wrong> {
    let public = forge.public();
    let der = [&SPKI[..], &public].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", STANDARD.encode(&der));
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(&public)}).to_string();
    let secrets = [
        encode(&public).into_bytes(),
        STANDARD.encode(&public).into_bytes(),
        format!("{pem}\n").into_bytes(),
        pem.into_bytes(),
        jwk.into_bytes(),
        der,
        public,
        Vec::new(),
    ];
    let algorithms = [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)];
    let mut wrong = Vec::new();
    for secret in secrets {
        for (name, algorithm) in algorithms {
            // Also if the header names the right algorithm.
            for said in [name, "EdDSA"] {
                let signed = to_sign(forge, said);
                let tag = hmac::sign(&hmac::Key::new(algorithm, &secret), signed.as_bytes());
                wrong.push((format!("{name} as {said}"), format!("{signed}.{}", encode(tag))));
            }
        }
    }
    wrong
}

fn other_algorithms(forge: &Forge) -> Vec<Wrong> {
    let random = randomness();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
    let mut wrong = Vec::new();
    for algorithm in ["ES256", "ES384", "ES512", "ES256K", "EdDSA"] {
        let signed = to_sign(forge, algorithm);
        let signature = pair.sign(&random, signed.as_bytes()).unwrap();
        wrong.push((format!("P-256 as {algorithm}"), format!("{signed}.{}", encode(signature))));
    }
    // With the installation's own signature, but another algorithm in the header.
    for algorithm in ["ES256", "RS256", "PS256", "HS256", "Ed448", "Ed25519", "eddsa", "EDDSA", "EdDSA "] {
        let signed = to_sign(forge, algorithm);
        let signature = encode(forge.sign(&signed));
        wrong.push((format!("Ed25519 as {algorithm}"), format!("{signed}.{signature}")));
    }
    let header = changed(&forge.header, "crv", &json!("Ed448"));
    let signed = format!("{}.{}", encode(header.to_string()), encode(forge.claims.to_string()));
    wrong.push(("Ed448".to_owned(), format!("{signed}.{}", encode([7; 114]))));
    wrong
}

fn other_signatures(forge: &Forge) -> Vec<Wrong> {
    let signed = to_sign(forge, "EdDSA");
    let signature = forge.sign(&signed);
    let another = another_key();
    let (first, second) = signature.split_at(32);
    // The same number plus the order (RFC 8032, section 8.4).
    let mut carry = 0;
    let greater = second.iter().zip(ORDER).map(|(byte, order)| {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        carry = sum >> 8;
        sum.to_le_bytes()[0]
    });
    let greater: Vec<u8> = greater.collect();
    let mut flipped = signature.clone();
    flipped[10] ^= 1;
    let other = forge.with_claim("jti", &json!("another"));
    let signatures = [
        ("another key", another.sign(signed.as_bytes()).as_ref().to_vec()),
        ("malleable", [first, &greater].concat()),
        ("a flipped bit", flipped),
        ("nothing", vec![0; 64]),
        ("cut", signature[..63].to_vec()),
        ("longer", [&signature[..], &[0]].concat()),
        ("twice", [&signature[..], &signature].concat()),
        ("another token's", super::super::forge::decode(other.rsplit('.').next().unwrap())),
        ("of a digest", forge.sign(&encode(digest::digest(&digest::SHA512, signed.as_bytes())))),
        ("of the claims alone", forge.sign(&encode(forge.claims.to_string()))),
    ];
    signatures.map(|(what, signature)| (what.to_owned(), format!("{signed}.{}", encode(signature)))).to_vec()
}
