//! What a client asks for (RFC 9112), as far as this server has an answer.

use httparse::{EMPTY_HEADER, Request, Status};

/// Most header fields of a request.
const MOST_FIELDS: usize = 32;

/// What is said to a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The head has not come as a whole.
    Incomplete,
    /// The page; without it, if only its description is asked for.
    Page {
        /// Whether the page itself is wanted.
        with_body: bool,
    },
    /// There is no such page.
    NotFound,
    /// There is nothing but to read here.
    MethodNotAllowed,
    /// It is no request.
    Bad,
    /// There are more header fields than are read.
    TooLarge,
}

impl Verdict {
    /// What is said to the head of a request of which `head` has come.
    pub fn of(head: &[u8]) -> Self {
        let mut fields = [EMPTY_HEADER; MOST_FIELDS];
        let mut request = Request::new(&mut fields);
        match request.parse(head) {
            Ok(Status::Partial) => Self::Incomplete,
            Err(httparse::Error::TooManyHeaders) => Self::TooLarge,
            Err(_) => Self::Bad,
            Ok(Status::Complete(_)) => Self::of_request(&request),
        }
    }

    fn of_request(request: &Request<'_, '_>) -> Self {
        let hosts = request.headers.iter().filter(|field| field.name.eq_ignore_ascii_case("host"));
        // Section 3.2: HTTP/1.1 has one.
        if request.version == Some(1) && hosts.count() != 1 {
            return Self::Bad;
        }
        let path = request.path.unwrap_or_default();
        let page = path.split('?').next() == Some("/");
        match (request.method.unwrap_or_default(), page) {
            ("GET", true) => Self::Page { with_body: true },
            ("HEAD", true) => Self::Page { with_body: false },
            ("GET" | "HEAD", false) => Self::NotFound,
            _ => Self::MethodNotAllowed,
        }
    }
}
