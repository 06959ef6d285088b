use twclone_testkit::json;

use super::super::forge::{Forge, encode};
use super::Wrong;

/// Returns texts that are not tokens, or not encoded correctly.
pub(in super::super) fn shapes(forge: &Forge) -> Vec<Wrong> {
    let right = forge.right();
    let parts: Vec<_> = right.split('.').collect();
    let (header, claims, signature) = (parts[0], parts[1], parts[2]);
    let mut wrong: Vec<String> = ["", ".", "..", "...", "a", "a.b", "a.b.c", "a.b.c.d.e", "null", "{}", "e30.e30.e30"]
        .map(str::to_owned)
        .to_vec();
    wrong.extend([
        format!("{right}."),
        format!(".{right}"),
        format!("{right}.{signature}"),
        format!("{header}..{claims}.{signature}"),
        format!("{header}.{claims}"),
        format!("{header}.{claims}."),
        format!("{header}.{signature}"),
        format!("{claims}.{header}.{signature}"),
        format!(".{claims}.{signature}"),
        format!("{header}..{signature}"),
        right[1..].to_owned(),
        right[..right.len() - 1].to_owned(),
        right[..right.len() / 2].to_owned(),
        format!("{right}A"),
        // Padding, blanks and the other alphabet are not base64url (RFC 7515, section 2).
        format!("{right}="),
        format!("{right}=="),
        format!("{header}=.{claims}.{signature}"),
        format!("{header}.{claims}==.{signature}"),
        format!("{header} .{claims}.{signature}"),
        format!("{header}. {claims}.{signature}"),
        format!("{header}.{claims}.\t{signature}"),
        format!("{header}.{claims}.{} {}", &signature[..9], &signature[9..]),
        format!("{right},{right}"),
        format!("{header}.{claims}.+/{}", &signature[2..]),
        format!("\"{right}\""),
        format!("Bearer {right}"),
        right.to_uppercase(),
        right.to_lowercase(),
        // The last letter has unused bits, which must be 0.
        format!("{}{}", &right[..right.len() - 1], other_last_letter(signature)),
        forge.of_texts(&forge.header.to_string(), ""),
        forge.of_texts(&forge.header.to_string(), "null"),
        forge.of_texts(&forge.header.to_string(), &json!([forge.claims]).to_string()),
        forge.of_texts(&forge.header.to_string(), &format!("{}{}", forge.claims, forge.claims)),
        forge.of_texts(&format!("\u{feff}{}", forge.header), &forge.claims.to_string()),
        encode(forge.claims.to_string()),
    ]);
    wrong.into_iter().map(|token| ("no token".to_owned(), token)).collect()
}

fn other_last_letter(signature: &str) -> char {
    // 64 bytes are 85 letters and 2 bits of another.
    match signature.chars().last().unwrap() {
        'A' => 'B',
        'Q' => 'R',
        'g' => 'h',
        'w' => 'x',
        other => panic!("{other} ends no signature"),
    }
}
