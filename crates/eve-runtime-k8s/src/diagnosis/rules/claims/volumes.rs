//! Volumes that somebody made by hand, and why none of them is a claim's.

use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};

use crate::diagnosis::quantity::Amount;
use crate::diagnosis::scene::name;
use crate::diagnosis::selector;

/// The volumes of a class that no class of the cluster makes: the name is only a mark then.
pub(super) fn of_class<'a>(volumes: &'a [PersistentVolume], class: &str) -> Vec<&'a PersistentVolume> {
    let of = |one: &&PersistentVolume| {
        one.spec.as_ref().and_then(|spec| spec.storage_class_name.as_deref()).unwrap_or_default() == class
    };
    volumes.iter().filter(of).collect()
}

/// Why a volume is not the claim's, as far as both say; nothing if it could be.
pub(super) fn misfit(volume: &PersistentVolume, claim: &PersistentVolumeClaim) -> Option<String> {
    let (has, wants) = (volume.spec.as_ref()?, claim.spec.as_ref()?);
    let title = name(&volume.metadata);
    if let Some(other) = wants.volume_name.as_deref().filter(|wanted| *wanted != title) {
        return Some(format!("{title} is not {other}, which the claim names"));
    }
    if let Some(holder) = &has.claim_ref {
        let is_ours = holder.namespace == claim.metadata.namespace && holder.name == claim.metadata.name;
        let same = holder.uid.is_none() || holder.uid == claim.metadata.uid;
        if !(is_ours && same) {
            let (space, holder) = (holder.namespace.as_deref(), holder.name.as_deref());
            let holder = format!("{}/{}", space.unwrap_or_default(), holder.unwrap_or_default());
            return Some(format!("{title} is or was of claim {holder}"));
        }
    }
    let modes = has.access_modes.as_deref().unwrap_or_default();
    let lacking: Vec<_> = wants.access_modes.iter().flatten().filter(|mode| !modes.contains(mode)).cloned().collect();
    if !lacking.is_empty() {
        return Some(format!("{title} gives {}, not {}", modes.join(", "), lacking.join(", ")));
    }
    let size = has.capacity.as_ref().and_then(|capacity| capacity.get("storage"));
    let asked = wants.resources.as_ref().and_then(|resources| resources.requests.as_ref()?.get("storage"));
    if let (Some(size), Some(asked)) = (size, asked)
        && Amount::parse(size) < Amount::parse(asked)
    {
        return Some(format!("{title} has {}, not {}", size.0, asked.0));
    }
    let (kind, other) = (has.volume_mode.as_deref(), wants.volume_mode.as_deref());
    if kind.unwrap_or("Filesystem") != other.unwrap_or("Filesystem") {
        return Some(format!("{title} is of mode {}", kind.unwrap_or("Filesystem")));
    }
    let labels = wants.selector.as_ref().and_then(|wanted| wanted.match_labels.as_ref());
    let labels = labels.filter(|labels| !selector::holds(volume.metadata.labels.as_ref(), labels))?;
    Some(format!("{title} is not labelled {}", selector::text(labels)))
}
