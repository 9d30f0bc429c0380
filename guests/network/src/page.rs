//! What is sent: the page, or why there is none.

use core::fmt::{self, Display, Write as _};

use heapless::String;

use crate::identity::Identity;
use crate::request::Verdict;

/// Most bytes of a page: the longest name and level, each character escaped, fit.
const BODY_BYTES: usize = 1536;
/// Most bytes of an answer with its head.
pub const ANSWER_BYTES: usize = 2048;

/// What the page tells.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// Who the world is.
    pub identity: &'a Identity,
    /// Whole seconds since its start.
    pub uptime: u64,
    /// Requests so far, this one among them.
    pub requests: u64,
}

/// The answer to a request that is complete.
pub fn answer(verdict: Verdict, facts: &Facts<'_>) -> String<ANSWER_BYTES> {
    let (status, further) = match verdict {
        Verdict::Page { .. } => ("200 OK", ""),
        Verdict::NotFound => ("404 Not Found", ""),
        Verdict::MethodNotAllowed => ("405 Method Not Allowed", "Allow: GET, HEAD\r\n"),
        Verdict::TooLarge => ("431 Request Header Fields Too Large", ""),
        Verdict::Bad | Verdict::Incomplete => ("400 Bad Request", ""),
    };
    let (kind, body) = match verdict {
        Verdict::Page { .. } => ("text/html", page(facts)),
        _ => ("text/plain", line(status)),
    };
    let mut answer = String::new();
    // Both have room for the longest that can be.
    let _ = write!(
        answer,
        "HTTP/1.1 {status}\r\n{further}Content-Type: {kind}; charset=utf-8\r\n\
         Content-Length: {}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
        body.len()
    );
    if verdict != (Verdict::Page { with_body: false }) {
        let _ = answer.push_str(&body);
    }
    answer
}

fn page(facts: &Facts<'_>) -> String<BODY_BYTES> {
    let Facts { identity, uptime, requests } = facts;
    let (name, level) = (Escaped(identity.name()), Escaped(identity.level()));
    let mut page = String::new();
    let _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<title>World {name}</title>\n\
         <h1>World {name}</h1>\n\
         <dl>\n<dt>Level<dd>{level}\n<dt>Up for<dd>{uptime} s\n<dt>Requests<dd>{requests}\n</dl>\n\
         </html>\n"
    );
    page
}

fn line(text: &str) -> String<BODY_BYTES> {
    let mut line = String::new();
    let _ = writeln!(line, "{text}");
    line
}

/// Text between the tags of a page.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '&' => formatter.write_str("&amp;"),
            '<' => formatter.write_str("&lt;"),
            '>' => formatter.write_str("&gt;"),
            other => formatter.write_char(other),
        })
    }
}
