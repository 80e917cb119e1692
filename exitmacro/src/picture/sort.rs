//! One sort for all that the pictures sort: each other one would be as large as a picture's code.

use core::cmp::Ordering;

/// Sorts numbers of handlers or edges; what is equal keeps its order.
pub(super) fn sort(places: &mut [usize], order: &dyn Fn(usize, usize) -> Ordering) {
    places.sort_by(|&one, &other| order(one, other));
}
