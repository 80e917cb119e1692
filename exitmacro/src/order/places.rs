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
    // By number, because each edge looks two places up. The numbers are those of a schedule, so
    // there are about as many as handlers.
    let mut by_number = Vec::new();
    for (number, place) in places {
        let number = number as usize;
        by_number.resize(by_number.len().max(number + 1), None);
        by_number[number] = Some(place);
    }
    let place = |number: u32| by_number.get(number as usize).copied().flatten();
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
