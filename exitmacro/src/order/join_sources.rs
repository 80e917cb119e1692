//! What each join waits for, so that a join can be split where it is part of a cycle.

use crate::order::graph::Links;
use crate::order::interrupt::{Interrupt, Unplanned};
use std::collections::TryReserveError;

/// The handlers and joins that have edges to each join, with the numbers of these edges.
pub(super) struct Sources {
    /// The number of the first join.
    start: u32,
    of: Vec<Vec<(u32, u32)>>,
}

impl Sources {
    pub(super) fn of(links: &Links, interrupt: &mut Interrupt) -> Result<Self, Unplanned> {
        let start = (0..links.len()).find(|&number| links.is_join(number)).unwrap_or(links.len());
        let mut sources = Self { start, of: filled(links.len() - start, Vec::new())? };
        for number in 0..links.len() {
            for (link, to) in links.numbered_from(number) {
                interrupt.step()?;
                if to >= start {
                    sources.add(to, number, link)?;
                }
            }
        }
        Ok(sources)
    }

    fn add(&mut self, join: u32, from: u32, link: u32) -> Result<(), TryReserveError> {
        let list = &mut self.of[(join - self.start) as usize];
        list.try_reserve(1)?;
        list.push((from, link));
        Ok(())
    }

    /// Moves all that a join waits for outside its component behind a new join, which the join then
    /// waits for. Returns the new join; `None` when there is nothing to move.
    pub(super) fn split(
        &mut self,
        join: u32,
        is_inside: impl Fn(u32) -> bool,
        links: &mut Links,
        interrupt: &mut Interrupt,
    ) -> Result<Option<u32>, Unplanned> {
        let list = &mut self.of[(join - self.start) as usize];
        let mut others: Vec<(u32, u32)> =
            list.extract_if(.., |&mut (from, _)| !is_inside(from)).collect();
        if let [(other, _)] = others[..]
            && links.is_join(other)
        {
            // It was split before, and nothing has left the component since.
            list.extend(others);
            return Ok(Some(other));
        }
        if others.is_empty() {
            return Ok(None);
        }
        let outer = links.add_join()?;
        for &(from, link) in &others {
            interrupt.step()?;
            links.redirect(from, link, outer);
        }
        let link = links.link(outer, join)?;
        self.of.try_reserve(1)?;
        others.shrink_to_fit();
        self.of.push(others);
        self.add(join, outer, link)?;
        Ok(Some(outer))
    }
}

pub(super) fn filled<T: Clone>(length: u32, value: T) -> Result<Vec<T>, TryReserveError> {
    let mut list = Vec::new();
    list.try_reserve_exact(length as usize)?;
    list.resize(length as usize, value);
    Ok(list)
}
