//! How far the fetching of an image is. Pure.

use std::collections::BTreeMap;

use bollard::models::CreateImageInfo;

/// Said of a layer that needs no fetching any more.
const DONE: [&str; 3] = ["Already exists", "Pull complete", "Download complete"];
/// Said of a layer only.
const OF_LAYERS: [&str; 6] =
    ["Pulling fs layer", "Waiting", "Downloading", "Verifying Checksum", "Extracting", "Retrying"];
/// How many bytes more are worth telling.
const STEP: u64 = 10_000_000;

/// The layers of an image that is being fetched.
#[derive(Debug, Default)]
pub(super) struct Layers {
    known: BTreeMap<String, Layer>,
    told: Option<(u64, u64, u64)>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Layer {
    done: bool,
    bytes: u64,
}

impl Layers {
    /// Takes in what the engine tells: how many layers are there, of how many, and how many bytes were
    /// fetched, if that is worth telling.
    pub(super) fn note(&mut self, told: &CreateImageInfo) -> Option<(u64, u64, u64)> {
        let (id, status) = (told.id.as_ref()?, told.status.as_deref()?);
        let done = DONE.contains(&status);
        if !done && !OF_LAYERS.iter().any(|word| status.starts_with(word)) {
            return None;
        }
        let layer = self.known.entry(id.clone()).or_default();
        layer.done |= done;
        let current = told.progress_detail.as_ref().and_then(|detail| detail.current);
        if let Some(bytes) = current.and_then(|bytes| u64::try_from(bytes).ok()).filter(|_| status == "Downloading") {
            layer.bytes = layer.bytes.max(bytes);
        }
        let count = |layers: usize| u64::try_from(layers).unwrap_or(u64::MAX);
        let ready = count(self.known.values().filter(|layer| layer.done).count());
        let bytes: u64 = self.known.values().map(|layer| layer.bytes).sum();
        let now = (ready, count(self.known.len()), bytes / STEP);
        (self.told.replace(now) != Some(now)).then_some((now.0, now.1, bytes))
    }
}

#[cfg(test)]
mod tests {
    use bollard::models::ProgressDetail;

    use super::*;

    fn told(id: Option<&str>, status: &str, current: Option<i64>) -> CreateImageInfo {
        CreateImageInfo {
            id: id.map(str::to_owned),
            status: Some(status.to_owned()),
            progress_detail: current.map(|current| ProgressDetail { current: Some(current), total: None }),
            ..CreateImageInfo::default()
        }
    }

    #[test]
    fn layers_are_counted_and_bytes_are_told_in_steps() {
        let mut layers = Layers::default();
        assert_eq!(layers.note(&told(Some("1.0"), "Pulling from library/web", None)), None);
        assert_eq!(layers.note(&told(Some("a"), "Pulling fs layer", None)), Some((0, 1, 0)));
        assert_eq!(layers.note(&told(Some("b"), "Already exists", None)), Some((1, 2, 0)));
        assert_eq!(layers.note(&told(Some("a"), "Downloading", Some(5_000_000))), None);
        assert_eq!(layers.note(&told(Some("a"), "Downloading", Some(12_000_000))), Some((1, 2, 12_000_000)));
        assert_eq!(layers.note(&told(Some("a"), "Extracting", Some(1))), None);
        assert_eq!(layers.note(&told(Some("a"), "Pull complete", None)), Some((2, 2, 12_000_000)));
        assert_eq!(layers.note(&told(None, "Digest: sha256:00", None)), None);
    }
}
