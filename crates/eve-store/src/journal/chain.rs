//! The digests that chain the entries of a stream.

use eve_core::{Digest, Record, StreamId};

/// Where a stream ends: its last sequence, and the digest over everything up to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Head {
    /// The last sequence, 0 while the stream is empty.
    pub(super) sequence: u64,
    /// The last entry's digest in hexadecimal digits, empty while the stream is empty.
    pub(super) digest: String,
}

impl Head {
    /// Where the stream ends with one more record.
    pub(super) fn next(&self, stream: &StreamId, record: &Record) -> Self {
        let sequence = self.sequence + 1;
        Self { sequence, digest: link(&self.digest, stream, sequence, record) }
    }
}

/// The digest of a record at its place after what has the digest `previous`.
fn link(previous: &str, stream: &StreamId, sequence: u64, record: &Record) -> String {
    let mut hasher = Digest::hasher();
    for text in [previous, stream.as_str(), &record.kind, record.body.as_str()] {
        // Lengths keep two fields from being read as two others with the same text.
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    }
    hasher.update(sequence.to_be_bytes());
    hasher.update(record.schema.to_be_bytes());
    hasher.update(record.at.as_millis().to_be_bytes());
    hasher.finish().hex()
}

#[cfg(test)]
mod tests {
    use eve_core::{Body, Timestamp};

    use super::*;

    #[test]
    fn every_field_and_the_past_change_the_digest() {
        let stream = StreamId::from_stored("s");
        let record =
            |kind, schema, at, body| Record::new(kind, schema, Timestamp::from_millis(at), Body::from_canonical(body));
        let first = record("ab", 1, 2, "3");
        let links = [
            link("", &stream, 1, &first),
            link("0", &stream, 1, &first),
            link("", &StreamId::from_stored("t"), 1, &first),
            link("", &stream, 2, &first),
            link("", &stream, 1, &record("a", 1, 2, "b3")),
            link("", &stream, 1, &record("ab", 2, 2, "3")),
            link("", &stream, 1, &record("ab", 1, 3, "3")),
            link("", &stream, 1, &record("ab", 1, 2, "4")),
        ];
        let distinct: std::collections::BTreeSet<_> = links.iter().collect();
        assert_eq!(distinct.len(), links.len());
        assert_eq!(Head::default().next(&stream, &first).digest, links[0]);
    }
}
