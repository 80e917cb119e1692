//! Who waits for whom: edges between handlers that are known by their number.

use std::collections::TryReserveError;

/// No edge has this number.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Link {
    to: u32,
    /// The next edge from the same handler.
    next: u32,
}

/// Edges between handlers. Each one leads to a handler that waits for the one that it starts from.
#[derive(Clone)]
pub(crate) struct Links {
    /// Of each handler the first edge that starts from it.
    first: Vec<u32>,
    links: Vec<Link>,
    /// How many handlers each one waits for.
    blockers: Vec<u32>,
}

impl Links {
    pub(crate) fn new(handlers: usize) -> Result<Self, TryReserveError> {
        let mut links = Self { first: Vec::new(), links: Vec::new(), blockers: Vec::new() };
        links.first.try_reserve_exact(handlers)?;
        links.blockers.try_reserve_exact(handlers)?;
        links.first.resize(handlers, NONE);
        links.blockers.resize(handlers, 0);
        Ok(links)
    }

    /// Adds a handler without edges, and answers with its number.
    pub(crate) fn add(&mut self) -> Result<u32, TryReserveError> {
        self.first.try_reserve(1)?;
        self.blockers.try_reserve(1)?;
        self.first.push(NONE);
        self.blockers.push(0);
        Ok(self.first.len() as u32 - 1)
    }

    pub(crate) fn len(&self) -> u32 {
        self.first.len() as u32
    }

    pub(crate) fn link(&mut self, from: u32, to: u32) -> Result<(), TryReserveError> {
        self.links.try_reserve(1)?;
        let number = self.links.len() as u32;
        let next = core::mem::replace(&mut self.first[from as usize], number);
        self.links.push(Link { to, next });
        self.blockers[to as usize] += 1;
        Ok(())
    }

    /// The handlers that wait for `from`.
    pub(crate) fn waiting_for(&self, from: u32) -> impl Iterator<Item = u32> + '_ {
        self.walk(from).map(|link| self.links[link as usize].to)
    }

    fn walk(&self, from: u32) -> impl Iterator<Item = u32> + '_ {
        let some = |link: u32| Some(link).filter(|&link| link != NONE);
        core::iter::successors(some(self.first[from as usize]), move |&link| some(self.links[link as usize].next))
    }

    /// Of each handler, how many edges lead to it.
    pub(crate) fn blockers(&self) -> &[u32] {
        &self.blockers
    }

    pub(crate) fn is_free(&self, handler: u32) -> bool {
        self.blockers[handler as usize] == 0
    }

    /// Nobody waits for `from` any more. Tells of each one whether it is free now.
    pub(crate) fn release(&mut self, from: u32, mut freed: impl FnMut(u32)) {
        let mut link = core::mem::replace(&mut self.first[from as usize], NONE);
        while link != NONE {
            let Link { to, next } = self.links[link as usize];
            let blockers = &mut self.blockers[to as usize];
            // One that was set free by force waits for nobody any more.
            *blockers = blockers.saturating_sub(1);
            if *blockers == 0 {
                freed(to);
            }
            link = next;
        }
    }

    /// Lets `handler` wait for nobody any more.
    pub(crate) fn free(&mut self, handler: u32) {
        self.blockers[handler as usize] = 0;
    }

    /// Takes out all edges from `from` to `to`.
    pub(crate) fn cut(&mut self, from: u32, to: u32) {
        let mut kept = NONE;
        let mut link = self.first[from as usize];
        while link != NONE {
            let Link { to: end, next } = self.links[link as usize];
            if end == to {
                self.blockers[to as usize] -= 1;
            } else {
                self.links[link as usize].next = kept;
                kept = link;
            }
            link = next;
        }
        self.first[from as usize] = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(handlers: usize, edges: &[(u32, u32)]) -> Links {
        let mut links = Links::new(handlers).unwrap();
        for &(from, to) in edges {
            links.link(from, to).unwrap();
        }
        links
    }

    #[test]
    fn a_handler_is_free_when_the_last_one_is_over_that_it_waits_for() {
        let mut links = links(3, &[(0, 2), (1, 2)]);
        let mut freed = Vec::new();
        links.release(0, |handler| freed.push(handler));
        assert!(freed.is_empty() && !links.is_free(2));
        links.release(1, |handler| freed.push(handler));
        assert_eq!(freed, [2]);
        assert!(links.is_free(2));
    }

    #[test]
    fn an_edge_that_was_said_twice_is_one_in_effect() {
        let mut links = links(2, &[(0, 1), (0, 1)]);
        let mut freed = 0;
        links.release(0, |_| freed += 1);
        assert_eq!(freed, 1);
    }

    #[test]
    fn what_is_cut_blocks_no_more() {
        let mut links = links(3, &[(0, 1), (0, 2), (0, 1)]);
        links.cut(0, 1);
        assert!(links.is_free(1) && !links.is_free(2));
        assert_eq!(links.waiting_for(0).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn handlers_can_be_added() {
        let mut links = links(1, &[]);
        let late = links.add().unwrap();
        links.link(late, 0).unwrap();
        assert!(!links.is_free(0));
        assert_eq!(links.len(), 2);
    }
}
