//! Engines that were followed by another, and what of theirs comes late.
