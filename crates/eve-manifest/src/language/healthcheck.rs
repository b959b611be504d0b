//! Health checks.

use eve_core::desired::Probe;
use schemars::{Schema, json_schema};

use crate::grammar::{At, Definitions, Period, Reader, Shape, mapping};
use crate::interpolation::{PlainText, Scope};
use crate::problem::Report;
use crate::tree::{Node, Value};
use crate::words::split;

mapping! {
    /// Compose's health check.
    Healthcheck = "healthcheck" extensible {
        /// What is tried: [CMD, …], [CMD-SHELL, "…"], [NONE], or a text for a shell.
        test: Check = "test";
        /// True switches off a check of the image.
        disable: bool = "disable" else false;
        /// The pause between two tries. 10s by default; 30s in a file without a schema, as in Compose.
        interval: Period = "interval" else "10s" or "30s";
        /// How long one try may take. 5s by default; 30s in a file without a schema, as in Compose.
        timeout: Period = "timeout" else "5s" or "30s";
        /// How many tries in a row must fail. 3 by default.
        retries: u32 = "retries" else 3;
        /// How long failures do not count after the start. 0s by default.
        start_period: Period = "start_period" else "0s";
    }
    not_used {
        "start_interval": "The pause between two tries while it starts.";
    }
}

mapping! {
    /// A health check that asks over the network.
    HealthProbe = "health section" {
        /// Asks for a page.
        http: HttpProbe = "http";
        /// Opens a connection.
        tcp: TcpProbe = "tcp";
        /// The pause between two tries. 10s by default.
        interval: Period = "interval" else "10s";
        /// How long one try may take. 5s by default.
        timeout: Period = "timeout" else "5s";
        /// How many tries in a row must fail. 3 by default.
        retries: u32 = "retries" else 3;
        /// How long failures do not count after the start. 0s by default.
        start_period: Period = "start_period" else "0s";
    }
}

mapping! {
    /// A page that answers with 2xx or 3xx.
    HttpProbe = "http check" {
        /// The path. / by default.
        path: String = "path" else "/";
        /// One of the service's ports. The first by default.
        port: u16 = "port";
    }
}

mapping! {
    /// A port that accepts connections.
    TcpProbe = "tcp check" {
        /// One of the service's ports. The first by default.
        port: u16 = "port";
    }
}

/// What a Compose health check tries.
#[derive(Debug, Clone)]
pub(crate) enum Check {
    /// Nothing.
    None,
    /// A command of these words.
    Command(Vec<PlainText>),
    /// A text for a shell.
    Shell(PlainText),
}

impl Check {
    /// What is tried, in a service with these ports: the request itself where a command only asks one
    /// of them for a page. None if a word of it has no value, which is reported.
    pub(crate) fn probe(&self, ports: &[u16], scope: &Scope<'_>, report: &mut Report) -> Option<Probe> {
        let (request, command) = match self {
            Self::None => return Some(Probe::None),
            Self::Command(words) => {
                let words: Vec<Option<String>> = words.iter().map(|word| scope.text(word, report)).collect();
                let words: Vec<String> = words.into_iter().collect::<Option<_>>()?;
                (request(&words), words)
            }
            Self::Shell(text) => {
                let text = scope.text(text, report)?;
                (http(&text), shell(text))
            }
        };
        let declared = |probe: &Probe| matches!(probe, Probe::Http { port: Some(port), .. } if ports.contains(port));
        Some(request.filter(declared).unwrap_or(Probe::Command(command)))
    }
}

impl Shape for Check {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Value::List(items) = &node.value else {
            let text = PlainText::read(node, reader)?;
            if text.0.is_empty() {
                return reader.bad_value(node, "an empty text tries nothing", "write [NONE] for that");
            }
            return Some(Self::Shell(text));
        };
        let Some((form, words)) = items.split_first() else {
            return reader.bad_value(node, "an empty list tries nothing", "write [NONE] for that");
        };
        let form = String::read(form, reader);
        let words: Vec<Option<PlainText>> = words.iter().map(|word| PlainText::read(word, reader)).collect();
        let mut words: Vec<PlainText> = words.into_iter().collect::<Option<_>>()?;
        let form = form?;
        match (form.as_str(), words.len()) {
            ("NONE", 0) => Some(Self::None),
            ("CMD", 1..) => Some(Self::Command(words)),
            ("CMD-SHELL", 1) => words.pop().map(Self::Shell),
            (_, count) => {
                let text = match form.as_str() {
                    "NONE" => "`NONE` stands alone".to_owned(),
                    "CMD" => "no command follows `CMD`".to_owned(),
                    "CMD-SHELL" => format!("one text follows `CMD-SHELL`, and here are {count}"),
                    _ => format!("`{}` is no form of a test", form.escape_debug()),
                };
                let hint =
                    "begin the list with CMD and the words of the command, CMD-SHELL and one text, or NONE alone";
                reader.bad_value(node, text, hint)
            }
        }
    }

    fn schema(definitions: &mut Definitions) -> Schema {
        let mut words = Vec::<At<PlainText>>::schema(definitions);
        words.insert("minItems".to_owned(), 1.into());
        json_schema!({ "anyOf": [PlainText::schema(definitions), words] })
    }
}

/// The author asked for a shell, by name or by writing one text; it runs inside the workload.
fn shell(text: String) -> Vec<String> {
    vec!["/bin/sh".to_owned(), "-c".to_owned(), text]
}

/// The request in `curl -f http://localhost:80/x || exit 1`.
fn http(text: &str) -> Option<Probe> {
    let text = text.trim();
    let text = text.strip_suffix("exit 1").map_or(Some(text), |rest| rest.trim_end().strip_suffix("||"))?;
    request(&split(text).ok()?)
}

/// The request that a command line of `curl` or `wget` makes of its own service, if it does nothing
/// else.
fn request(words: &[String]) -> Option<Probe> {
    const HARMLESS: &[&str] = &[
        "-f",
        "-s",
        "-S",
        "-L",
        "-k",
        "-q",
        "-fs",
        "-sf",
        "-fsS",
        "-sSf",
        "-fsSL",
        "-sS",
        "-qO-",
        "-nv",
        "--fail",
        "--silent",
        "--show-error",
        "--location",
        "--quiet",
        "--spider",
        "--no-verbose",
        "--tries=1",
    ];
    let (program, rest) = words.split_first()?;
    if !matches!(program.as_str(), "curl" | "wget") {
        return None;
    }
    let (urls, flags): (Vec<_>, Vec<_>) = rest.iter().partition(|word| word.contains("://"));
    let [url] = urls.as_slice() else { return None };
    if !flags.iter().all(|flag| HARMLESS.contains(&flag.as_str())) {
        return None;
    }
    let rest = url.strip_prefix("http://")?;
    let (host, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let (host, port) = host.rsplit_once(':').unwrap_or((host, "80"));
    let own = matches!(host, "localhost" | "127.0.0.1" | "[::1]" | "0.0.0.0");
    let port = port.parse().ok().filter(|port| own && *port > 0)?;
    (!path.contains('$')).then(|| Probe::Http { port: Some(port), path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_by_curl_or_wget_is_a_request_by_eve() {
        for (text, port, path) in [
            ("curl -f http://localhost:8080/healthz || exit 1", 8080, "/healthz"),
            ("curl http://127.0.0.1", 80, "/"),
            ("wget -q --spider http://localhost:3000/", 3000, "/"),
        ] {
            assert_eq!(http(text), Some(Probe::Http { port: Some(port), path: path.to_owned() }), "{text}");
        }
    }

    #[test]
    fn a_request_that_says_more_stays_a_command() {
        for text in [
            "curl -X POST http://localhost/x",
            "curl https://localhost/x",
            "curl http://example.com/",
            "curl http://localhost/a http://localhost/b",
            "curl -f http://localhost/ && true",
            "pg_isready",
        ] {
            assert_eq!(http(text), None, "{text}");
        }
    }
}
