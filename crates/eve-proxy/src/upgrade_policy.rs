//! What becomes of upgraded connections.

/// What a switch does to upgraded connections (WebSocket and the like) of the old release.
///
/// The tunnel carries bytes and does not read them, so that a cut one ends without a close frame:
/// clients see an abnormal closure and reconnect, which leads them to the new release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum UpgradePolicy {
    /// They stay open until they end by themselves or the drain's deadline cuts them.
    #[default]
    CutAtDeadline,
    /// They are cut as soon as no route leads to their instance any more, and counted as cut.
    CutAtOnce,
}
