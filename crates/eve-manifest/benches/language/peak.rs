//! How much memory a process had at most.

/// Makes this program a process in which one bomb goes off.
pub(crate) const FLAG: &str = "--bomb";

/// Forgets the most that this process had, and says what it has. None where the system does not tell.
pub(crate) fn begin() -> Option<u64> {
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    field("VmRSS:")
}

/// The most that this process had since [`begin`], in bytes.
pub(crate) fn most() -> Option<u64> {
    field("VmHWM:")
}

/// Bytes in MiB. None if they are more than any machine has.
pub(crate) fn mebibytes(bytes: u64) -> Option<f64> {
    u32::try_from(bytes >> 10).ok().map(|kibibytes| f64::from(kibibytes) / 1024.0)
}

fn field(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
