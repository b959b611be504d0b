//! What the tests' pods run.

use eve_core::AttemptSpec;
use eve_core::desired::{ImageRef, Port, Process, Service, Source};

/// An image that the cluster has, with a shell.
const IMAGE: &str = "eve-test/busybox:1";
/// Answers every request of a file with 200, and ends as soon as it is asked to.
const SERVE: &str = "mkdir -p /tmp/www; echo ok > /tmp/www/index.html; httpd -f -p 8080 -h /tmp/www & wait $!";

/// A shell that runs a text in a pod, ends as soon as it is asked to, and declares a port.
pub(crate) fn shell(text: &str) -> Service {
    bare(&format!("trap 'exit 0' TERM; {text}"))
}

/// A shell that runs a text in a pod, and declares a port.
pub(crate) fn bare(text: &str) -> Service {
    let mut service = Service::new(Source::Image(ImageRef::new(IMAGE).expect("the image's name is valid")));
    service.process = Process::new([text]);
    service.process.entrypoint = Some(["/bin/sh", "-c"].map(str::to_owned).into());
    service.ports.push(Port::tcp(8080));
    service
}

/// Serves HTTP.
pub(crate) fn serves() -> Service {
    shell(SERVE)
}

/// Writes lines, and serves HTTP.
pub(crate) fn prints(lines: usize) -> Service {
    shell(&format!("i=1; while [ $i -le {lines} ]; do echo line $i; i=$((i+1)); done; {SERVE}"))
}

/// Serves HTTP, and does not end when it is asked to.
pub(crate) fn serves_on() -> Service {
    bare(&format!("trap '' TERM; {SERVE}; while :; do sleep 1000; done"))
}

/// An attempt that runs a text in a shell, and ends as soon as it is asked to.
pub(crate) fn attempt(mut spec: AttemptSpec, text: &str) -> AttemptSpec {
    spec.image = Some(ImageRef::new(IMAGE).expect("the image's name is valid"));
    spec.argv = ["/bin/sh", "-c"].map(str::to_owned).into();
    spec.argv.push(format!("trap 'exit 143' TERM; {text}"));
    spec
}
