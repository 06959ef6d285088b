//! HTML from texts. Everything that is not markup is escaped.

use rocket::http::RawStr;

/// Escapes a text for HTML content and quoted attributes.
pub(super) fn escape(text: &str) -> String {
    RawStr::new(text).html_escape().into_owned()
}

/// Formats a text as code.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// Formats a line of Markdown, of which only code between backquotes is supported.
pub(super) fn inline(text: &str) -> String {
    let parts = text.split('`').enumerate();
    parts.map(|(place, part)| if place % 2 == 1 { code(part) } else { escape(part) }).collect()
}

/// Formats paragraphs of Markdown.
pub(super) fn paragraphs(text: &str) -> String {
    let parts = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| format!("<p>{}</p>\n", inline(part))).collect::<Vec<_>>().concat()
}

/// Formats a block of code.
pub(super) fn block(class: &str, text: &str) -> String {
    format!("<pre class=\"{class}\">{}</pre>\n", escape(text.trim_end()))
}

/// Formats a table, whose first column names the rows. Without rows, there is no table. The cells are HTML.
pub(super) fn table<const COLUMNS: usize>(heads: [&str; COLUMNS], rows: &[[String; COLUMNS]]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let head: Vec<_> = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    let body: Vec<_> = rows.iter().map(|row| format!("<tr>{}</tr>\n", cells(row))).collect();
    let (head, body) = (head.concat(), body.concat());
    format!("<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n")
}

fn cells(row: &[String]) -> String {
    let cell = |(place, cell): (usize, &String)| match place {
        0 => format!("<th scope=\"row\">{cell}</th>"),
        _ => format!("<td>{cell}</td>"),
    };
    row.iter().enumerate().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(inline("a `<b>` & \"c\""), "a <code>&lt;b&gt;</code> &amp; &quot;c&quot;");
        assert_eq!(block("", "'<'\n"), "<pre class=\"\">&#x27;&lt;&#x27;</pre>\n");
    }
}
