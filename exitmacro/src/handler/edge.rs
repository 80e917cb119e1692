//! What `after` and `before` name: other handlers, by path, by type or by id.

use crate::handler::id::HandlerId;
use core::any::TypeId;
use std::borrow::Cow;

/// What can be named in `after(…)` and `before(…)`: an [`#[at_exit]`](macro@crate::at_exit)
/// function or static, by its path; or a type of values that are closed at exit, which stands for
/// all [tracked](fn@crate::track) values of that type.
///
/// `#[at_exit]` declares a type of the function's name, which is never instantiated: `close_db` is
/// a function where a value is expected, and a handler's name where a type is. It goes wherever the
/// function goes, through `use`, `pub use` and `as`. Where the name means something else already,
/// `alias` gives the type another one; see [`at_exit`](macro@crate::at_exit).
///
/// ```
/// use exitmacro::{Handler, at_exit};
///
/// #[at_exit]
/// fn close_db() {}
///
/// Handler::new("flush the log").after::<close_db>().register(|| ())?;
/// # Ok::<(), exitmacro::RegisterError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an exit handler",
    label = "expected the path of an `#[at_exit]` function or static, \
             or a type that implements `AtExitCleanup`",
    note = "`after` and `before` name handlers that are declared with `#[at_exit]`, \
            or tracked values by their type; a handler with an `alias` is named by that"
)]
pub trait Orderable {
    #[doc(hidden)]
    const KEY: Key = Key::Declared(Self::__element);

    /// The element of a declared handler.
    #[doc(hidden)]
    fn __element() -> DynElement;
}

/// A declared handler, as the end of an edge: of that, the address is all that counts.
#[doc(hidden)]
pub trait Element: Sync {}

/// A type of its own, because generated code cannot write it in the edition of 2015.
#[doc(hidden)]
pub type DynElement = &'static dyn Element;

/// That of a type which is no declared handler. Nothing asks for it.
pub(crate) struct NoElement;

impl Element for NoElement {}

/// One end of an edge.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Key {
    /// A function, because two handlers may name each other: rustc looks into what a constant
    /// refers to, and would go round in circles.
    Declared(fn() -> DynElement),
    /// All tracked values of that type. A function, because a type's id is no constant in all
    /// supported versions of Rust.
    Type(fn() -> TypeId),
    /// One registration.
    Id(HandlerId),
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Declared(one), Self::Declared(other)) => core::ptr::addr_eq(one(), other()),
            (Self::Type(one), Self::Type(other)) => one() == other(),
            (Self::Id(one), Self::Id(other)) => one == other,
            _ => false,
        }
    }
}

impl Eq for Key {}

/// All edges of one handler. `S` is how they are held: as slices, or as what owns them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Edges<S> {
    /// What it waits for.
    pub(crate) after: S,
    /// What waits for it.
    pub(crate) before: S,
}

/// Edges that a table can keep: of a type they are constants, of the builder they are made at run
/// time.
pub(crate) type KeptEdges = Edges<Cow<'static, [Key]>>;

impl Edges<&[Key]> {
    pub(crate) const NONE: Self = Self { after: &[], before: &[] };

    pub(crate) const fn is_empty(&self) -> bool {
        self.after.is_empty() && self.before.is_empty()
    }
}

impl Edges<&'static [Key]> {
    pub(crate) fn kept(self) -> KeptEdges {
        Edges { after: Cow::Borrowed(self.after), before: Cow::Borrowed(self.before) }
    }
}

impl KeptEdges {
    pub(crate) fn as_slices(&self) -> Edges<&[Key]> {
        Edges { after: &self.after, before: &self.before }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::declared::Declared;
    use crate::registry::Table;
    use crate::registry::tests::place_in;

    static HANDLERS: [Declared; 2] = [
        Declared::new("a", "app", "a.rs", 1, 1, |_| Ok(())),
        Declared::new("b", "app", "a.rs", 2, 1, |_| Ok(())),
    ];

    #[test]
    fn keys_are_equal_when_they_name_the_same() {
        let mut table = Table::new();
        let ids = [(); 2].map(|()| place_in(&mut table, 0, false, Vec::new(), Vec::new()));
        let kinds: [[Key; 2]; 3] = [
            [Key::Declared(|| &HANDLERS[0]), Key::Declared(|| &HANDLERS[1])],
            [Key::Type(TypeId::of::<u8>), Key::Type(TypeId::of::<i8>)],
            ids.map(Key::Id),
        ];
        let keys = kinds.as_flattened();
        for (one, place) in keys.iter().zip(0..) {
            for (other, of_other) in keys.iter().zip(0..) {
                assert_eq!(one == other, place == of_other, "{one:?} {other:?}");
            }
        }
    }
}
