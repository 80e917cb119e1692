//! One registered handler, and what is left of it when the run has taken it.

use crate::handler::edge::{Edges, KeptEdges, Key};
use crate::handler::id::HandlerId;
use crate::handler::options::Options;
use crate::handler::raw::{Action, Describer, Kept};
use crate::handler::{Location, Rank};
use core::num::NonZeroU64;
use core::panic;
use core::time::Duration;
use std::borrow::Cow;

/// What the table keeps of a handler besides what most handlers need.
pub(crate) struct Detail {
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) options: Options,
    pub(crate) edges: KeptEdges,
    /// Where it was registered. The table sets it.
    pub(crate) location: &'static panic::Location<'static>,
}

impl Default for Detail {
    #[track_caller]
    fn default() -> Self {
        Self {
            name: None,
            options: Options::NONE,
            edges: KeptEdges::default(),
            location: panic::Location::caller(),
        }
    }
}

/// What is known of a registered handler besides what it does.
///
/// The tag is as large as what follows it. Behind a smaller one there would be a gap, which is
/// copied byte by byte.
#[repr(u32)]
pub(crate) enum Metadata {
    /// No more than most handlers need.
    Plain {
        priority: i32,
        location: &'static panic::Location<'static>,
    },
    /// The same of one that takes nothing and returns nothing.
    Bare {
        priority: i32,
        location: &'static panic::Location<'static>,
    },
    Detailed {
        priority: i32,
        detail: Box<Detail>,
    },
}

impl Metadata {
    #[inline]
    pub(super) fn new(
        priority: i32,
        detail: Option<Box<Detail>>,
        is_bare: bool,
        location: &'static panic::Location<'static>,
    ) -> Self {
        match detail {
            None if is_bare => Self::Bare { priority, location },
            None => Self::Plain { priority, location },
            Some(mut detail) => {
                detail.location = location;
                detail.options.bare = is_bare;
                Self::Detailed { priority, detail }
            }
        }
    }

    #[inline]
    fn detail(&self) -> Option<&Detail> {
        match self {
            Self::Plain { .. } | Self::Bare { .. } => None,
            Self::Detailed { detail, .. } => Some(detail),
        }
    }

    #[inline]
    pub(super) fn options(&self) -> &Options {
        self.detail().map_or(&Options::NONE, |detail| &detail.options)
    }

    /// Whether it may run in a lane with this timeout.
    #[inline]
    pub(super) fn fits_into_lane(&self, timeout: Duration) -> bool {
        match self {
            Self::Plain { .. } => false,
            Self::Bare { .. } => true,
            Self::Detailed { detail, .. } => detail.options.fits_into_lane(timeout),
        }
    }

    /// Its own timeout, if it is simple.
    #[inline]
    pub(super) fn simple_timeout(&self) -> Option<Option<Duration>> {
        self.detail().map_or(Some(None), |detail| detail.options.simple_timeout())
    }

    pub(super) fn edges(&self) -> Edges<&[Key]> {
        self.detail().map_or(Edges::NONE, |detail| detail.edges.as_slices())
    }

    #[inline]
    pub(super) fn priority(&self) -> i32 {
        match *self {
            Self::Plain { priority, .. }
            | Self::Bare { priority, .. }
            | Self::Detailed { priority, .. } => priority,
        }
    }

    pub(super) fn location(&self) -> Location {
        let location = match self {
            Self::Plain { location, .. } | Self::Bare { location, .. } => location,
            Self::Detailed { detail, .. } => detail.location,
        };
        Location::new(location.file(), location.line())
    }

    /// Its own name, if it has one.
    pub(super) fn name(&self) -> Option<&Cow<'static, str>> {
        self.detail()?.name.as_ref()
    }
}

/// One registered handler, which waits or was lent to a lane.
pub(crate) struct Entry {
    /// Under its sequence number.
    pub(super) kept: Kept,
    pub(super) metadata: Metadata,
}

impl Entry {
    #[inline]
    pub(super) fn new(action: Action, metadata: Metadata, sequence: u64) -> Self {
        Self { kept: Kept::new(action, sequence), metadata }
    }

    pub(super) fn rank(&self, index: u32) -> Rank {
        Rank { priority: self.metadata.priority(), sequence: self.sequence(), index }
    }

    /// Its id, while it waits.
    #[inline]
    pub(super) fn id(&self, slot: u32) -> Option<HandlerId> {
        Some(HandlerId { slot, sequence: NonZeroU64::new(self.sequence())? })
    }

    /// Its sequence number, while it waits.
    #[inline]
    pub(super) fn sequence(&self) -> u64 {
        self.kept.number()
    }

    /// Whether it waits and has this id.
    #[inline]
    pub(super) fn waits_as(&self, id: HandlerId) -> bool {
        self.kept.waits_as(id.sequence())
    }

    /// Whether it waits and its number is not above this.
    #[inline]
    pub(super) fn waits_up_to(&self, up_to: u64) -> bool {
        self.kept.waits_up_to(up_to)
    }

    /// Its id, if it is lent.
    pub(super) fn lent_id(&self, slot: u32) -> Option<HandlerId> {
        let sequence = NonZeroU64::new(self.kept.lent_number()?)?;
        Some(HandlerId { slot, sequence })
    }

    /// Whether it is lent and has this id.
    #[inline]
    pub(super) fn is_lent_as(&self, id: HandlerId) -> bool {
        self.kept.is_lent_as(id.sequence())
    }

    /// Whether forked children run it too.
    #[inline]
    pub(super) fn is_inherited(&self) -> bool {
        self.metadata.options().inherit
    }

    /// What it is, and what it does, unless it is lent.
    #[inline]
    pub(super) fn into_parts(self) -> (Label, Option<Action>) {
        let label = Label { metadata: self.metadata, describer: self.kept.describer() };
        (label, self.kept.into_action())
    }
}

/// What a report says of a handler that is not in the table any more.
pub(crate) struct Label {
    pub(super) metadata: Metadata,
    pub(super) describer: Describer,
}
