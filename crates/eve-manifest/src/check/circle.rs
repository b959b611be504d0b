//! Finding circles.

/// Circles among nodes that wait for others, by number, each node in at most one of those that are
/// told: a circle begins with the smallest number and does not repeat it at its end.
pub(super) fn circles(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; needs.len()];
    let mut found: Vec<Vec<usize>> = Vec::new();
    for start in 0..needs.len() {
        // Each open node with how many of its needs were followed.
        let mut path: Vec<(usize, usize)> = Vec::new();
        if marks[start] == Mark::New {
            marks[start] = Mark::Open;
            path.push((start, 0));
        }
        while let Some((node, followed)) = path.last_mut() {
            let Some(&next) = needs[*node].get(*followed) else {
                marks[*node] = Mark::Done;
                path.pop();
                continue;
            };
            *followed += 1;
            match marks[next] {
                Mark::New => {
                    marks[next] = Mark::Open;
                    path.push((next, 0));
                }
                Mark::Open => {
                    let from = path.iter().position(|(node, _)| *node == next).unwrap_or_default();
                    let mut circle: Vec<usize> = path[from..].iter().map(|(node, _)| *node).collect();
                    let least = circle.iter().enumerate().min_by_key(|(_, node)| **node).map_or(0, |(at, _)| at);
                    circle.rotate_left(least);
                    if !found.iter().flatten().any(|known| circle.contains(known)) {
                        found.push(circle);
                    }
                }
                Mark::Done => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_circle_is_found_once_and_what_leads_to_it_is_not() {
        assert_eq!(circles(&[vec![1], vec![2], vec![1], vec![3], vec![]]), [vec![1, 2], vec![3]]);
        assert!(circles(&[vec![1, 2], vec![2], vec![]]).is_empty());
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let chain: Vec<Vec<usize>> = (0..100_000).map(|i| vec![(i + 1) % 100_000]).collect();
        assert_eq!(circles(&chain).len(), 1);
    }
}
