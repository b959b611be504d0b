//! Journal, leases, blobs and secrets that survive: SQLite and a directory.
