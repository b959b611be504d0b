//! The order in which sides take turns.

use super::Failure;

/// Lets the sides `0..sides` take turns, each time in the other direction (ABBA), and returns what each
/// of them gave. Of several rounds the first one is dropped.
pub(crate) async fn rounds<T>(
    count: u32,
    sides: usize,
    mut turn: impl AsyncFnMut(usize) -> Result<T, Failure>,
) -> Result<Vec<Vec<T>>, Failure> {
    let mut given: Vec<Vec<T>> = (0..sides).map(|_| Vec::new()).collect();
    for round in 0..count {
        for place in 0..sides {
            let side = if round % 2 == 0 { place } else { sides - 1 - place };
            let one = turn(side).await?;
            if round > 0 || count == 1 {
                given[side].push(one);
            }
        }
    }
    Ok(given)
}
