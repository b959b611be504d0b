//! Finding circles.

use std::collections::VecDeque;

/// How many dependencies are followed to find the shortest circles. After those, one more is told, as it is found.
const MOST: usize = 10_000_000;

/// Circles among nodes that wait for others, by number, each node in at most one of those that are told. Of circles that
/// share nodes the shortest is told. A circle begins with its smallest number and does not repeat it at its end.
pub(super) fn circles(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (node, needs) in needs.iter().enumerate() {
        for &need in needs {
            dependents[need].push(node);
        }
    }
    let alone = needs.iter().enumerate().filter(|(node, needs)| needs.contains(node)).map(|(node, _)| vec![node]);
    let mut found: Vec<Vec<usize>> = alone.collect();
    let mut is_left = vec![true; needs.len()];
    for node in found.iter().flatten() {
        is_left[*node] = false;
    }
    let mut budget = MOST;
    while budget > 0 {
        peel(needs, &dependents, &mut is_left);
        let Some(start) = is_left.iter().position(|left| *left) else { break };
        budget = budget.saturating_sub(needs.len());
        let mut circle = shortest(needs, &is_left, &mut budget).unwrap_or_else(|| any(needs, &is_left, start));
        let least = circle.iter().enumerate().min_by_key(|(_, node)| **node).map_or(0, |(at, _)| at);
        circle.rotate_left(least);
        for node in &circle {
            is_left[*node] = false;
        }
        found.push(circle);
    }
    found.sort_unstable();
    found
}

/// The shortest circle among the nodes that are left. None if that was not found in time.
fn shortest(needs: &[Vec<usize>], is_left: &[bool], budget: &mut usize) -> Option<Vec<usize>> {
    let mut best: Option<Vec<usize>> = None;
    let mut seen_from = vec![usize::MAX; needs.len()];
    let mut before = vec![0; needs.len()];
    for start in (0..needs.len()).filter(|node| is_left[*node]) {
        let most = best.as_ref().map_or(usize::MAX, Vec::len);
        if most <= 2 || *budget == 0 {
            break;
        }
        // Nearest first, until a step leads back; no way is followed that would be no shorter.
        let mut open = VecDeque::from([(start, 1)]);
        'search: while let Some((node, length)) = open.pop_front() {
            if length >= most {
                break;
            }
            for &next in needs[node].iter().filter(|next| is_left[**next]) {
                *budget = budget.saturating_sub(1);
                if next == start {
                    best = Some(way(&before, start, node));
                    break 'search;
                }
                if std::mem::replace(&mut seen_from[next], start) != start {
                    before[next] = node;
                    open.push_back((next, length + 1));
                }
            }
        }
    }
    best
}

/// The way from one node to another, by the node before each.
fn way(before: &[usize], start: usize, end: usize) -> Vec<usize> {
    let mut way = vec![end];
    let mut at = end;
    while at != start {
        at = before[at];
        way.push(at);
    }
    way.reverse();
    way
}

/// A circle among the nodes that are left, of which every one waits for another.
fn any(needs: &[Vec<usize>], is_left: &[bool], start: usize) -> Vec<usize> {
    let mut place = vec![None; needs.len()];
    let mut path = Vec::new();
    let mut at = start;
    loop {
        if let Some(from) = place[at].replace(path.len()) {
            return path.split_off(from);
        }
        path.push(at);
        let Some(next) = needs[at].iter().find(|next| is_left[**next]) else { return path };
        at = *next;
    }
}

/// Takes away, again and again, what waits for nobody and that for which nobody waits. What is left are circles and the
/// ways between them.
fn peel(needs: &[Vec<usize>], dependents: &[Vec<usize>], is_left: &mut [bool]) {
    for (of, back) in [(needs, dependents), (dependents, needs)] {
        let count = |node: usize| of[node].iter().filter(|other| is_left[**other]).count();
        let mut open: Vec<usize> = (0..needs.len()).map(count).collect();
        let mut free: Vec<usize> = (0..needs.len()).filter(|node| is_left[*node] && open[*node] == 0).collect();
        while let Some(node) = free.pop() {
            is_left[node] = false;
            for &other in back[node].iter().filter(|other| is_left[**other]) {
                open[other] -= 1;
                if open[other] == 0 {
                    free.push(other);
                }
            }
        }
    }
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
    #[test]
    fn of_circles_that_share_nodes_the_shortest_is_told() {
        let long = [vec![1], vec![2], vec![3], vec![0, 2]];
        assert_eq!(circles(&long), [vec![2, 3]]);
        let apart = [vec![1], vec![0, 2], vec![3], vec![2, 0]];
        assert_eq!(circles(&apart), [vec![0, 1], vec![2, 3]]);
    }

    #[test]
    fn many_circles_end_the_search_in_time() {
        let all: Vec<usize> = (0..2_000).collect();
        let needs: Vec<Vec<usize>> =
            all.iter().map(|node| all.iter().copied().filter(|n| n > node || *n == 0).collect()).collect();
        assert_eq!(circles(&needs)[0], [0]);
    }
}
