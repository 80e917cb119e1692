//! Edges by the places of their handlers in a list.

/// The edges, which name handlers by their numbers, by the places of these handlers. An edge of a
/// handler without a place is left out.
pub(crate) fn by_place(
    edges: &[(u32, u32)],
    places: impl Iterator<Item = (u32, usize)>,
) -> Vec<(usize, usize)> {
    if edges.is_empty() {
        return Vec::new();
    }
    let mut places: Vec<(u32, usize)> = places.collect();
    places.sort_unstable();
    let place = |number: u32| {
        let found = places.binary_search_by_key(&number, |&(number, _)| number).ok()?;
        Some(places[found].1)
    };
    edges.iter().filter_map(|&(from, to)| Some((place(from)?, place(to)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_needs_the_places_of_both_handlers() {
        let places = [(7, 0), (3, 1), (5, 2)];
        let found = by_place(&[(3, 7), (5, 3), (4, 7), (7, 4)], places.into_iter());
        assert_eq!(found, [(1, 0), (2, 1)]);
        assert!(by_place(&[], places.into_iter()).is_empty());
    }
}
