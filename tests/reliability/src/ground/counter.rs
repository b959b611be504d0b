//! Where jobs tell that they did something, if they cannot write it down themselves.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::shop::EFFECTS;

/// How long a job may take to say what it did.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the jobs of all trials below a folder tell that they did something: a job in a container has
/// none of this machine's files. It lives as long as this process.
#[derive(Debug)]
pub(crate) struct Counter {
    address: SocketAddr,
}

impl Counter {
    /// Listens on an address that the jobs reach.
    pub(crate) fn listen(address: IpAddr, root: &Path) -> io::Result<Self> {
        let listener = TcpListener::bind((address, 0))?;
        let counter = Self { address: listener.local_addr()? };
        let root = root.to_owned();
        thread::spawn(move || {
            for job in listener.incoming().flatten() {
                // A job that goes away meanwhile, or says nothing that is understood, did nothing.
                if let Err(error) = count(job, &root) {
                    eprintln!("a job's effect was not counted: {error}");
                }
            }
        });
        Ok(counter)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells what a job of a trial did, and how often it was done before.
    pub(crate) fn tell(address: &str, dir: &str) -> io::Result<usize> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        writeln!(stream, "{dir}")?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer)?;
        answer.trim_end().parse().map_err(io::Error::other)
    }

    /// Adds a line to a trial's file of effects, and tells how many there were.
    pub(crate) fn add(dir: &Path) -> io::Result<usize> {
        let file = dir.join(EFFECTS);
        let before = fs::read_to_string(&file).unwrap_or_default().lines().count();
        let mut effects = OpenOptions::new().create(true).append(true).open(&file)?;
        writeln!(effects, "done")?;
        Ok(before)
    }
}

fn count(mut job: TcpStream, root: &Path) -> io::Result<()> {
    job.set_read_timeout(Some(PATIENCE))?;
    let mut dir = String::new();
    BufReader::new(&job).read_line(&mut dir)?;
    let dir = PathBuf::from(dir.trim_end());
    if !dir.starts_with(root) {
        return Err(io::Error::other("it is of no trial"));
    }
    writeln!(job, "{}", Counter::add(&dir)?)
}
