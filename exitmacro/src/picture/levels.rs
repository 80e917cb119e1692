//! The plan as levels, for both kinds of graph.

use crate::handler::Rank;
use crate::picture::escape::visible;
use crate::picture::sort::sort;
use crate::plan::{Plan, PlannedHandler};

/// A graph: the same for each format.
pub(super) struct Graph<'a> {
    pub(super) plan: &'a Plan,
    /// The places of handlers that may run at the same time, in the order of the run.
    pub(super) levels: Vec<Vec<usize>>,
    /// From the first handler of a level to that of the next one, where no edge leads there.
    pub(super) order: Vec<(usize, usize)>,
    /// Edges that are not kept because they close a cycle.
    pub(super) broken: Vec<(usize, usize)>,
    /// Of each handler.
    pub(super) is_in_cycle: Vec<bool>,
}

impl<'a> Graph<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        let mut places: Vec<usize> = (0..plan.edges().len()).collect();
        sort(&mut places, &|one, other| plan.edges()[one].cmp(&plan.edges()[other]));
        let edges: Vec<(usize, usize)> =
            places.into_iter().map(|place| plan.edges()[place]).collect();
        let levels = levels(plan.handlers(), &edges);
        let is_joined = |one: &[usize], other: &[usize]| {
            one.iter().any(|&first| {
                let from = edges.partition_point(|&edge| edge < (first, 0));
                edges[from..]
                    .iter()
                    .take_while(|&&(of, _)| of == first)
                    .any(|&(_, then)| other.contains(&then))
            })
        };
        let order = levels
            .windows(2)
            .filter(|pair| !is_joined(&pair[0], &pair[1]))
            .map(|pair| (pair[0][0], pair[1][0]))
            .collect();
        let (broken, is_in_cycle) = cycles(plan);
        Self { plan, levels, order, broken, is_in_cycle }
    }
}

/// Concurrent handlers of one priority that follow each other and do not wait for each other.
fn levels(handlers: &[PlannedHandler], edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut levels: Vec<Vec<usize>> = Vec::new();
    for (place, handler) in handlers.iter().enumerate() {
        let joins = levels.last().is_some_and(|level| {
            let first = &handlers[level[0]];
            handler.is_concurrent()
                && first.is_concurrent()
                && first.priority() == handler.priority()
                && !level.iter().any(|&earlier| edges.binary_search(&(earlier, place)).is_ok())
        });
        match levels.last_mut().filter(|_| joins) {
            Some(level) => level.push(place),
            None => levels.push(vec![place]),
        }
    }
    levels
}

/// For each cycle, the edge that is not kept; which handlers are in one.
fn cycles(plan: &Plan) -> (Vec<(usize, usize)>, Vec<bool>) {
    let handlers = plan.handlers();
    let mut is_in_cycle = vec![false; handlers.len()];
    let mut sorted: Vec<usize> = (0..handlers.len()).collect();
    let rank = |place: usize| handlers[place].rank();
    sort(&mut sorted, &|one, other| rank(one).cmp(&rank(other)));
    let place = |wanted: &Rank| {
        let found = sorted.binary_search_by(|&place| rank(place).cmp(wanted));
        found.ok().map(|found| sorted[found])
    };
    let mut broken = Vec::new();
    for cycle in plan.cycles() {
        let places: Vec<usize> = cycle.ranks.iter().filter_map(place).collect();
        places.iter().for_each(|&place| is_in_cycle[place] = true);
        // The first one was to wait for the second one, and does not.
        if let (Some(&first), Some(&second)) = (places.first(), places.get(1).or(places.first())) {
            broken.push((second, first));
        }
    }
    (broken, is_in_cycle)
}

/// The second line of a node.
pub(super) fn details(handler: &PlannedHandler) -> String {
    let timeout = crate::text::duration::Size(handler.timeout());
    format!("priority {}, {timeout}", handler.priority())
}

pub(super) fn name(handler: &PlannedHandler) -> &str {
    visible(handler.name())
}
