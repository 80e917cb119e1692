//! What leads from a handler that asks for an order to what puts handlers in that order.

use core::any::Any;
use core::fmt;

/// A pointer that only [`order`](crate::order) knows how to use. Handlers without edges that run
/// one after the other have none, so that programs with no others do not contain what it points to.
#[derive(Clone, Copy)]
pub(crate) struct OrderedBy(&'static (dyn Any + Send + Sync));

impl OrderedBy {
    pub(crate) const fn new<T: Any + Send + Sync>(pointers: &'static T) -> Self {
        Self(pointers)
    }

    pub(crate) fn get<T: Any>(self) -> Option<&'static T> {
        self.0.downcast_ref()
    }
}

impl fmt::Debug for OrderedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OrderedBy")
    }
}

/// There is one.
impl PartialEq for OrderedBy {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for OrderedBy {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types that have a field of it derive both traits.
    #[test]
    fn it_leads_to_what_it_was_made_of_and_to_nothing_else() {
        static FIVE: u8 = 5;
        let five = OrderedBy::new(&FIVE);
        assert_eq!((five.get::<u8>(), five.get::<u16>()), (Some(&5), None));
        assert_eq!(format!("{five:?}"), "OrderedBy");
        assert_eq!(five, OrderedBy::new(&FIVE));
    }
}
