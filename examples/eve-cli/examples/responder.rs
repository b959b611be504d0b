//! Writes every request's first line and answers it with 200 on `PORT`: a service for tests that needs no other toolchain.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::spawn;

fn main() -> io::Result<()> {
    let port = std::env::var("PORT").map_err(io::Error::other)?;
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    println!("listening");
    for stream in listener.incoming() {
        let stream = stream?;
        spawn(move || answer(&stream));
    }
    Ok(())
}

/// Whoever goes away before the answer is nobody's concern.
fn answer(mut stream: &TcpStream) {
    let mut lines = BufReader::new(stream).lines();
    if let Some(Ok(request)) = lines.next() {
        println!("{request}");
    }
    let _ = lines.find(|line| line.as_ref().map_or(true, String::is_empty));
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n");
}
