//! The graph of which handler waits for which: edges between handlers by their numbers, directly or
//! through joins.
//!
//! A join stands for many edges: every handler that it has an edge to waits for every handler that
//! has an edge to it. So 1,000 handlers that wait for 1,000 others take 2,000 edges, not a million.
//! A handler may be on both sides of a join; it does not wait for itself.

use std::collections::TryReserveError;

/// The number of no edge, and of no handler.
pub(crate) const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Link {
    to: u32,
    /// The next edge from the same vertex.
    next: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Handler,
    Join,
    /// A join that has handlers on both sides.
    MutualJoin,
}

/// A handler or a join.
#[derive(Clone, Copy)]
struct Vertex {
    /// The first edge that starts here.
    first: u32,
    /// The first edge that started here until it was released, for [`pairs`](Links::pairs).
    released: u32,
    /// How many edges to here are not released yet.
    blockers: u32,
    /// Of a join, the XOR of the numbers of all that it waits for: the number itself when one is
    /// left. Of a join that waits for nothing, the next join to release.
    left: u32,
    kind: Kind,
}

impl Vertex {
    const fn new(kind: Kind) -> Self {
        Self { first: NONE, released: NONE, blockers: 0, left: 0, kind }
    }
}

/// Edges between handlers and joins. An edge leads from a handler to a handler that waits for it,
/// or to or from a join.
#[derive(Clone)]
pub(crate) struct Links {
    vertices: Vec<Vertex>,
    links: Vec<Link>,
}

impl Links {
    pub(crate) fn new(handlers: usize) -> Result<Self, TryReserveError> {
        let mut links = Self { vertices: Vec::new(), links: Vec::new() };
        links.vertices.try_reserve_exact(handlers)?;
        links.vertices.resize(handlers, Vertex::new(Kind::Handler));
        Ok(links)
    }

    /// Adds a handler without edges, and returns its number.
    pub(crate) fn add(&mut self) -> Result<u32, TryReserveError> {
        self.push(Kind::Handler)
    }

    /// Adds a join without edges. An edge to it must be added before others are, so that it never
    /// counts as released.
    pub(crate) fn add_join(&mut self) -> Result<u32, TryReserveError> {
        self.push(Kind::Join)
    }

    fn push(&mut self, kind: Kind) -> Result<u32, TryReserveError> {
        self.vertices.try_reserve(1)?;
        self.vertices.push(Vertex::new(kind));
        Ok(self.vertices.len() as u32 - 1)
    }

    /// How many handlers and joins there are.
    pub(crate) fn len(&self) -> u32 {
        self.vertices.len() as u32
    }

    pub(crate) fn is_join(&self, number: u32) -> bool {
        self.vertices[number as usize].kind != Kind::Handler
    }

    /// Adds an edge, and returns its number.
    pub(crate) fn link(&mut self, from: u32, to: u32) -> Result<u32, TryReserveError> {
        self.links.try_reserve(1)?;
        let number = self.links.len() as u32;
        let next = core::mem::replace(&mut self.vertices[from as usize].first, number);
        self.links.push(Link { to, next });
        let to = &mut self.vertices[to as usize];
        to.blockers += 1;
        if to.kind != Kind::Handler {
            to.left ^= from;
        }
        Ok(number)
    }

    /// The handlers and joins that wait for `from`.
    pub(crate) fn waiting_for(&self, from: u32) -> impl Iterator<Item = u32> + '_ {
        self.numbered_from(from).map(|(_, to)| to)
    }

    /// The same, also after they were released.
    fn ever_waiting_for(&self, from: u32) -> impl Iterator<Item = u32> + '_ {
        let vertex = &self.vertices[from as usize];
        let first = if vertex.first == NONE { vertex.released } else { vertex.first };
        self.links_from(first).map(|(_, to)| to)
    }

    /// At most `most` pairs of handlers of which the second waits, or waited, for the first. Joins
    /// are left out.
    pub(crate) fn pairs(&self, most: usize) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        let (mut open, mut joins) = (Vec::new(), Vec::new());
        for from in (0..self.len()).filter(|&number| !self.is_join(number)) {
            let before = pairs.len();
            open.push(from);
            joins.clear();
            while let Some(vertex) = open.pop() {
                for to in self.ever_waiting_for(vertex) {
                    if pairs.len() == most {
                        return pairs;
                    }
                    if !self.is_join(to) {
                        if to != from {
                            pairs.push((from, to));
                        }
                    } else if !joins.contains(&to) {
                        joins.push(to);
                        open.push(to);
                    }
                }
            }
            // Few at a time, which is faster than all at the end.
            pairs[before..].sort_unstable();
        }
        pairs.dedup();
        pairs
    }

    /// The edges from `from`: the number of each, and its end.
    pub(crate) fn numbered_from(&self, from: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.links_from(self.first_from(from))
    }

    /// The number and the end of this edge, and of all that follow it.
    fn links_from(&self, mut link: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        core::iter::from_fn(move || {
            let (number, (to, next)) = (link, self.link_at(link)?);
            link = next;
            Some((number, to))
        })
    }

    /// The first edge from `from`, for [`link_at`](Self::link_at).
    pub(crate) fn first_from(&self, from: u32) -> u32 {
        self.vertices[from as usize].first
    }

    /// Where an edge leads, and the next edge from the same vertex; `None` after the last one.
    pub(crate) fn link_at(&self, link: u32) -> Option<(u32, u32)> {
        self.links.get(link as usize).map(|link| (link.to, link.next))
    }

    /// How many edges lead to this handler or join.
    pub(crate) fn blockers(&self, number: u32) -> u32 {
        self.vertices[number as usize].blockers
    }

    pub(crate) fn is_free(&self, number: u32) -> bool {
        self.blockers(number) == 0
    }

    /// Releases all that wait for `from`, which has finished. Calls `freed` with each handler that
    /// is free now, also with those that waited through joins.
    pub(crate) fn release(&mut self, from: u32, mut freed: impl FnMut(u32)) {
        let (mut finished, mut joins) = (from, NONE);
        loop {
            let mut link = core::mem::replace(&mut self.vertices[finished as usize].first, NONE);
            self.vertices[finished as usize].released = link;
            while let Some((to, next)) = self.link_at(link) {
                link = next;
                let vertex = &mut self.vertices[to as usize];
                vertex.blockers = vertex.blockers.saturating_sub(1);
                if vertex.kind == Kind::Handler {
                    if vertex.blockers == 0 {
                        freed(to);
                    }
                    continue;
                }
                vertex.left ^= finished;
                if vertex.blockers == 0 {
                    vertex.left = core::mem::replace(&mut joins, to);
                } else {
                    self.free_last(to, &mut freed);
                }
            }
            if joins == NONE {
                return;
            }
            finished = joins;
            joins = self.vertices[finished as usize].left;
        }
    }

    /// Marks a join that has handlers on both sides.
    pub(crate) fn set_mutual(&mut self, join: u32) {
        self.vertices[join as usize].kind = Kind::MutualJoin;
    }

    /// The handler that a join with handlers on both sides waits for, if only one is left.
    pub(crate) fn last_of_mutual(&self, join: u32) -> Option<u32> {
        let vertex = &self.vertices[join as usize];
        (vertex.kind == Kind::MutualJoin && vertex.blockers == 1).then_some(vertex.left)
    }

    /// If a join waits for one handler alone, and that handler waits for the join, frees the
    /// handler: it would wait for itself.
    pub(crate) fn free_last(&mut self, join: u32, mut freed: impl FnMut(u32)) {
        if let Some(last) = self.last_of_mutual(join)
            && self.cut(join, last)
            && self.is_free(last)
        {
            freed(last);
        }
    }

    /// Removes all edges from `from` to the handler `to`. Returns whether there were any.
    pub(crate) fn cut(&mut self, from: u32, to: u32) -> bool {
        let (mut kept, mut has_cut) = (NONE, false);
        let mut link = self.first_from(from);
        while let Some((end, next)) = self.link_at(link) {
            if end == to {
                let blockers = &mut self.vertices[to as usize].blockers;
                *blockers = blockers.saturating_sub(1);
                has_cut = true;
            } else {
                self.links[link as usize].next = kept;
                kept = link;
            }
            link = next;
        }
        self.vertices[from as usize].first = kept;
        has_cut
    }

    /// Changes an edge from `from` to a join so that it leads to another join.
    pub(crate) fn redirect(&mut self, from: u32, link: u32, to: u32) {
        let before = core::mem::replace(&mut self.links[link as usize].to, to);
        for (join, is_more) in [(before, false), (to, true)] {
            let vertex = &mut self.vertices[join as usize];
            vertex.left ^= from;
            vertex.blockers =
                if is_more { vertex.blockers + 1 } else { vertex.blockers.saturating_sub(1) };
        }
    }
}

#[cfg(test)]
#[path = "graph_tests.rs"]
mod tests;
