//! A list of statics that constructors put together before `main`: the settings of `config!`, and
//! on WASI the declared handlers.

use crate::sys::StaticRef;

pub use core::{concat, module_path};
pub use exitmacro_derive::constructed;

/// One element, as its constructor puts it on the list.
pub struct Node<T: 'static> {
    pub(crate) element: &'static T,
    /// The node that was put on the list before.
    next: StaticRef<Self>,
}

impl<T: Sync> Node<T> {
    /// A node that is on no list.
    pub const fn new(element: &'static T) -> Self {
        Self { element, next: StaticRef::new() }
    }
}

/// All elements of one type.
pub(crate) struct List<T: 'static>(StaticRef<Node<T>>);

impl<T: Sync> List<T> {
    pub(crate) const fn new() -> Self {
        Self(StaticRef::new())
    }

    /// To be called by the constructor of an element, once. The loader calls one constructor at a
    /// time.
    pub(crate) fn put(&self, node: &'static Node<T>) {
        if let Some(last) = self.0.get() {
            node.next.set(last);
        }
        self.0.set(node);
    }

    /// The elements, the last one first.
    pub(crate) fn elements(&self) -> impl Iterator<Item = &'static T> {
        core::iter::successors(self.0.get(), |node| node.next.get()).map(|node| node.element)
    }

    /// The element that was put here last.
    #[inline]
    pub(crate) fn last(&self) -> Option<&'static T> {
        self.0.get().map(|node| node.element)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_element_comes_first() {
        static NODES: [Node<u8>; 3] = [Node::new(&1), Node::new(&2), Node::new(&3)];
        let list = List::new();
        assert_eq!(list.last(), None);
        for node in &NODES {
            list.put(node);
        }
        assert_eq!(list.last(), Some(&3));
        assert_eq!(list.elements().copied().collect::<Vec<_>>(), [3, 2, 1]);
    }
}
